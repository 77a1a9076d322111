namespace Tongban.Kernel;

/// <summary>
/// What a node's id says: <c>CN-YRD/340000</c> is the government of a division, <c>CN-YRD/COM/{credit code}</c> a company,
/// <c>CN-YRD/ORG/{credit code}</c> another organisation (a public institution, an association).
/// </summary>
public static class NodeIds
{
    public const string Government = "GOV";
    public const string Organisation = "ORG";
    public const string Company = "COM";

    /// <summary>Class of the member; whatever is neither a company nor an organisation is a government.</summary>
    public static string ClassOf(string id) => id.Split('/') is [_, (Organisation or Company) and var kind, _] ? kind : Government;

    public static bool IsGovernment(string id) => ClassOf(id) == Government;

    /// <summary>The division of a government, the credit code of any other member.</summary>
    public static string CodeOf(string id) => id[(id.LastIndexOf('/') + 1)..];

    /// <summary>Whether it is an id that a member of the region can have.</summary>
    public static bool IsWellFormed(string id, string region) => id.Split('/') switch
    {
        [var of, var division] => of == region && division.Length == 6 && division.All(char.IsAsciiDigit),
        [var of, Organisation or Company, var code] => of == region && CreditCode.Parse(code) is { Ok: true, Value: var read } && read.ToString() == code,
        _ => false,
    };
}
