using System.Text.Json;
using Tongban.Kernel;
using Tongban.Kernel.Time;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>A government, company or organisation asks to join: the entry it wants in the directory, signed with the key it names there, so that nobody applies with another's key.</summary>
static class MemberApplication
{
    const string DocumentType = "tb-application+jws";
    const long Year = 365L * 24 * 3600 * 1000;

    public static string Make(NodeIdentity node, Keystore keys, long now) =>
        JsonSerializer.Serialize(SignedDocument.Of(Entry(node, keys, now)).Sign(keys.Signing, DocumentType));

    static MemberEntry Entry(NodeIdentity node, Keystore keys, long now) => new(
        node.Id, node.Division, node.Name, node.PublicUrl.TrimEnd('/'), [MemberEntry.RoleOf(node.Id) ?? "government"],
        [Key(keys.Signing, null, now), .. keys.Messages == keys.Signing ? [] : new[] { Key(keys.Messages, MemberKey.ForMessages, now) }],
        new MemberLog(WitnessLogs.OriginOf(node.Id), NoteKey.Of(WitnessLogs.OriginOf(node.Id), keys.Log.Public).Text, Seals: true, Sm2: WitnessLogs.Sm2Of(node.Id, keys)), null);

    public static MemberKey Key(NodeKey key, string? use, long now) => new(key.Kid, key.Public.Jwk, key.Suite.Name, now, now + (10 * Year), use);

    /// <summary>The entry, if its own key signed it and it is one that a member of its class may have.</summary>
    public static Result<MemberEntry> Read(string text, string region)
    {
        try
        {
            if (JsonSerializer.Deserialize<SignedDocument>(text) is { Payload: not null, Signatures: not null } signed
                && JsonSerializer.Deserialize<MemberEntry>(signed.UnverifiedPayload, DirectoryDocument.Json) is { NodeId: not null, Division: not null, Name: { Zh.Length: > 0, En.Length: > 0 }, Endpoint: not null, Roles: [var role], Keys.Count: > 0, Witness: null } entry
                && NodeIds.IsWellFormed(entry.NodeId, region) && role == (MemberEntry.RoleOf(entry.NodeId) ?? "government") && entry.Division.Length == 6 && entry.Division.All(char.IsAsciiDigit)
                && (entry.IsSociety || entry.NodeId == $"{region}/{entry.Division}")
                && (entry.Log is null || (entry.Log is { Origin: not null, VKey: not null, Ended: null } log && log.IsOf(entry.NodeId)))
                && Uri.TryCreate(entry.Endpoint, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https" && !entry.Endpoint.EndsWith('/'))
            {
                var keys = new Dictionary<string, PublicKey>();
                foreach (var key in entry.Keys)
                {
                    if (key is not { Kid: not null, Jwk: not null } || PublicKey.Read(key.Jwk) is not { Ok: true, Value: var open } || open.Kid != key.Kid || open.Suite.Name != key.Alg)
                        return Malformed;
                    if (key.SignsDocuments)
                        keys[open.Kid] = open;
                }
                return signed.Verify(DocumentType, kid => keys.TryGetValue(kid, out var key) ? new SignerKey(entry.NodeId, key) : null, 1) is { Ok: false } unsigned ? unsigned.Error : entry;
            }
        }
        catch (JsonException)
        {
            // Answered below.
        }
        return Malformed;
    }

    static readonly Error Malformed = Error.Invalid("application.malformed", "这不是一份加入申请", "This is not an application to join", "application",
        "请粘贴新节点执行 tongban apply 输出的全部内容", "Paste all that 'tongban apply' printed at the new node");
}
