namespace Tongban.Web;

public enum EvidenceState
{
    /// <summary>A department holds the fact; the person has not yet said whether it may be used.</summary>
    Found,

    /// <summary>The person agreed: the material is not asked for.</summary>
    Agreed,

    /// <summary>Asked; no department holds it.</summary>
    NotFound,

    /// <summary>The department's system does not answer now.</summary>
    Unavailable,

    /// <summary>The person brings it themself.</summary>
    Own,
}
