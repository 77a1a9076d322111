using System.Text.Json;
using Tongban.Kernel;
using Tongban.Kernel.Access;

namespace Tongban.Exchange;

enum ResourceState
{
    /// <summary>Seen by its department only; may change and be thrown away.</summary>
    Draft,

    /// <summary>In the catalogue, and answered; never changes.</summary>
    Published,

    /// <summary>No longer offered nor answered.</summary>
    Withdrawn,
}

/// <summary>One version of a resource of this node. What the product ships as files is taken in at start; the table is what is served.</summary>
sealed class ResourceRow : IRowRuled
{
    public required string Code { get; set; }

    /// <summary>A changed field list is a new version; the older ones stay for the agreements on them until they are withdrawn.</summary>
    public int Version { get; set; }

    public ResourceState State { get; set; }

    public required string Name { get; set; }

    /// <summary>JSON of the <see cref="ResourceDefinition"/>.</summary>
    public required string Document { get; set; }

    /// <summary>It came with the product: a newer product may correct how it is read, and nothing that was published.</summary>
    public bool Shipped { get; set; }

    public long? PublishedAt { get; set; }

    public long ChangedAt { get; set; }

    public required string Division { get; set; }

    public required string Department { get; set; }

    public string SubjectKey { get; set; } = "";

    public string Readers { get; set; } = "";

    public long Revision { get; set; } = 1;

    public static string ReadFor => Purposes.Exchange;

    public ResourceDefinition Definition => JsonSerializer.Deserialize<ResourceDefinition>(Document, DirectoryDocument.Json)
        ?? throw new InvalidDataException($"The stored resource {Code} cannot be read.");

    public static ResourceRow Of(ResourceDefinition definition, string division, string department, long now) => new()
    {
        Code = definition.Code,
        Version = definition.Version,
        Name = definition.Name,
        Document = JsonSerializer.Serialize(definition, DirectoryDocument.Json),
        ChangedAt = now,
        Division = division,
        Department = department,
    };

    public Error? Change(ResourceDefinition definition, string department, long now)
    {
        if (State != ResourceState.Draft)
            return Error.Conflict("resource.published", "已发布的版本不能修改", "A published version does not change", "请建立新版本", "Begin a new version");
        (Name, Document, Department, ChangedAt) = (definition.Name, JsonSerializer.Serialize(definition, DirectoryDocument.Json), department, now);
        Revision++;
        return null;
    }

    public Error? Publish(long now)
    {
        if (State != ResourceState.Draft)
            return Error.Conflict("resource.state", "只有草稿可以发布", "Only a draft is published");
        (State, PublishedAt, ChangedAt) = (ResourceState.Published, now, now);
        Revision++;
        return null;
    }

    public Error? Withdraw(long now)
    {
        if (State != ResourceState.Published)
            return Error.Conflict("resource.state", "只有已发布的版本可以停止提供", "Only a published version is withdrawn");
        (State, ChangedAt) = (ResourceState.Withdrawn, now);
        Revision++;
        return null;
    }
}
