using System.Text.Json;
using System.Text.Json.Serialization;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>
/// The members of a region at one version: who they are, where they answer, which keys speak for them. Signed by a quorum of
/// members; a node takes a newer one only when a quorum of the one it trusts has signed it.
/// </summary>
/// <param name="Version">Rises by at least one with every change; never goes back.</param>
/// <param name="ValidFrom">Unix ms.</param>
/// <param name="ValidUntil">Unix ms; after it no member is trusted until a newer version arrives.</param>
/// <param name="Standard">The region's data standard, by its hash; null while there is none.</param>
sealed record DirectoryDocument(
    string Region,
    long Version,
    long ValidFrom,
    long ValidUntil,
    IReadOnlyList<MemberEntry> Members,
    Quorum Quorum,
    StandardReference? Standard = null)
{
    /// <summary>Who may witness a member's log: every witness but the member, which vouches for nothing of its own.</summary>
    public IEnumerable<MemberEntry> WitnessesOf(string? nodeId) => Members.Where(m => m.Witness is not null && m.NodeId != nodeId);

    /// <summary>
    /// How many of them must have cosigned a checkpoint: more than half, so that of two forks of one log at most one is witnessed
    /// unless a witness lies, and some may be away.
    /// </summary>
    public int WitnessQuorum(string? nodeId) => (WitnessesOf(nodeId).Count() / 2) + 1;

    /// <summary>Also the order in which names are written; a document is compared by its bytes, never written again.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}

/// <summary>How many signatures the next version needs, and whose keys count.</summary>
/// <param name="Kids">Key ids; at most one signature of each member counts.</param>
sealed record Quorum(int K, IReadOnlyList<string> Kids);

/// <param name="Endpoint">Where the node is reached, without a slash at the end.</param>
/// <param name="Roles"><c>government</c>, <c>hub</c>, <c>witness</c>; of a company <c>company</c> alone, of another organisation <c>organisation</c> alone.</param>
/// <param name="Log">The node's own log; null when it keeps none.</param>
/// <param name="Witness">Verifier key of the node's cosignatures; null when it does not witness.</param>
sealed record MemberEntry(
    string NodeId,
    string Division,
    Words Name,
    string Endpoint,
    IReadOnlyList<string> Roles,
    IReadOnlyList<MemberKey> Keys,
    MemberLog? Log,
    string? Witness)
{
    [JsonIgnore]
    public bool IsHub => Roles.Contains("hub");

    [JsonIgnore]
    public bool IsGovernment => Roles.Contains("government");

    /// <summary>A company or another organisation: asks and answers under agreements, and has no other part in the region (<see cref="MemberLimits"/>).</summary>
    [JsonIgnore]
    public bool IsSociety => !NodeIds.IsGovernment(NodeId);

    /// <summary>The one role that goes with the class of a node id; null for governments, which may have several.</summary>
    public static string? RoleOf(string nodeId) => NodeIds.ClassOf(nodeId) switch { NodeIds.Company => "company", NodeIds.Organisation => "organisation", _ => null };

    /// <summary>Its roles are those that its class may have: no company is a government, a hub or a witness, whoever signed it.</summary>
    [JsonIgnore]
    public bool HasRolesOfItsClass => RoleOf(NodeId) is { } only ? Roles is [var role] && role == only && Witness is null : !Roles.Any(r => r is "company" or "organisation");
}

/// <param name="Kid">RFC 7638 thumbprint of <paramref name="Jwk"/>.</param>
/// <param name="Alg">Signature suite by its RFC 9421 name.</param>
/// <param name="NotBefore">Unix ms.</param>
/// <param name="NotAfter">Unix ms.</param>
/// <param name="Use"><see cref="ForMessages"/>, or null for a key that signs everything.</param>
/// <param name="DistrustedFrom">
/// Unix ms; from then on the key may have been in wrong hands. What it signed with a later time counts for nothing; what it signed with an
/// earlier one only where something other than its own word shows the time, since a thief dates papers back.
/// </param>
sealed record MemberKey(string Kid, Jwk Jwk, string Alg, long NotBefore, long NotAfter, string? Use = null, long? DistrustedFrom = null)
{
    /// <summary>Signs messages between nodes and nothing that others keep: consents, agreements and certificates made with it are refused.</summary>
    public const string ForMessages = "messages";

    [JsonIgnore]
    public bool SignsDocuments => Use is null;

    public bool IsInForce(long now) => NotBefore <= now && now < NotAfter && !(DistrustedFrom <= now);

    /// <param name="shownAt">Unix ms at which a paper was seen, by other evidence than its signature; null when there is none.</param>
    public bool Vouches(long? shownAt) => DistrustedFrom is not { } from || shownAt < from;
}

/// <param name="Origin">First line of the log's checkpoints.</param>
/// <param name="VKey">Verifier key (C2SP signed-note) of the log.</param>
/// <param name="Ended">Its earlier epochs, in order; null when this is the first.</param>
/// <param name="Seals">Whoever asks the member at <c>/peer/sealed</c> is given answers sealed by this log. Null: signed answers only (RFC 9421).</param>
/// <param name="Sm2">Verifier key of the SM2 line on its checkpoints; null where the member does not use that suite.</param>
sealed record MemberLog(string Origin, string VKey, IReadOnlyList<EndedLog>? Ended = null, bool? Seals = null, string? Sm2 = null)
{
    /// <summary>Whether it is this member's in every epoch: witnesses keep what they saw by origin, and nobody may speak for another's.</summary>
    public bool IsOf(string nodeId)
    {
        var first = WitnessLogs.OriginOf(nodeId);
        bool Names(string? vkey, NoteKeyKind kind, string origin) => vkey is not null && NoteKey.Parse(vkey) is { Ok: true, Value: var key } && key.Kind == kind && key.Name == origin;
        return Origin == LogEpoch.Origin(first, (Ended?.Count ?? 0) + 1) && Names(VKey, NoteKeyKind.Ed25519, Origin) && (Sm2 is null || Names(Sm2, NoteKeyKind.Sm2, Origin))
            && (Ended ?? []).Select((e, at) => e.Origin == LogEpoch.Origin(first, at + 1) && Names(e.VKey, NoteKeyKind.Ed25519, e.Origin)).All(holds => holds);
    }

    /// <summary>Keys of every epoch, in order.</summary>
    [JsonIgnore]
    public IEnumerable<string> VKeys => [.. (Ended ?? []).Select(e => e.VKey), VKey];
}

/// <summary>An epoch of a log that ended because leaves were lost: what members agreed is the last that anybody saw of it.</summary>
/// <param name="Checkpoint">As the log signed it, without cosignatures.</param>
/// <param name="Reason"><see cref="OpenEpoch.Reasons"/>.</param>
sealed record EndedLog(string Origin, string VKey, string Checkpoint, string Reason)
{
    /// <summary>Leaves that were witnessed.</summary>
    [JsonIgnore]
    public long Size => SizeIn(Checkpoint);

    public static long SizeIn(string note) => SignedNote.Parse(note) is { Ok: true } parsed && Trust.Checkpoint.Parse(parsed.Value.Text) is { Ok: true } seen ? seen.Value.Size : 0;
}
