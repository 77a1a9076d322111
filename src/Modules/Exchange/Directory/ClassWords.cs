using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>A member's class in words.</summary>
static class ClassWords
{
    public static Words Of(string nodeId) => NodeIds.ClassOf(nodeId) switch
    {
        NodeIds.Company => new("企业", "company"),
        NodeIds.Organisation => new("社会组织", "organisation"),
        _ => new("政府", "government"),
    };

    /// <summary>The same where the hub is among them.</summary>
    public static Words Of(MemberEntry member) => member.IsHub ? new("枢纽", "hub") : Of(member.NodeId);
}
