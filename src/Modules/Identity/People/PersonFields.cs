namespace Tongban.Identity.People;

/// <summary>Contexts of the sealed fields: a ciphertext moved to another column does not open there.</summary>
static class PersonFields
{
    public const string Number = "identity_person.number";
    public const string Name = "identity_person.name";
    public const string Phone = "identity_person.phone";

    public const string MandateName = "identity_mandate.name";

    /// <summary>Context of the blind index that is a person's key on this node.</summary>
    public const string Key = "person";
}
