namespace Tongban.Web;

/// <summary>What a text field takes: sets the keyboard a phone shows, the width, and what a browser may fill in.</summary>
public enum TextKind
{
    Text,
    Name,
    CitizenId,
    CreditCode,
    Phone,
    Email,
    Number,

    /// <summary>Yuan with up to two decimals.</summary>
    Money,
    Address,
    Password,

    /// <summary>A one-time code.</summary>
    Code,
}
