namespace Tongban.Identity.Accounts;

/// <summary>Contexts of an account's sealed fields.</summary>
static class AccountNames
{
    public const string Context = "identity_account.name";
    public const string Phone = "identity_account.phone";
}
