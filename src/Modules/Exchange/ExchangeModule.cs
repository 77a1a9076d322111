using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>The room where governments ask each other, and where every answer is agreed, consented, signed, logged and provable.</summary>
public static partial class ExchangeModule
{
    /// <summary>Adds the room, and with it the node's keystore, vault, seal of stored events and log, unless the host added its own.</summary>
    public static IServiceCollection AddExchange(this IServiceCollection services)
    {
        services.AddSingleton<IModelPart, ExchangeModel>();
        services.TryAddSingleton(p => Need(OpenKeystore(p.GetRequiredService<NodeIdentity>().DataFolder)));
        services.TryAddSingleton<IVault>(p => p.GetRequiredService<Keystore>().Vault);
        services.TryAddSingleton<IPayloadSeal, StoredEventSeal>();
        services.TryAddSingleton(new ExchangeOptions());
        services.AddSingleton(OpenLog);

        services.AddSingleton<RegionDirectory>();
        services.AddSingleton<IMembers>(p => p.GetRequiredService<RegionDirectory>());
        services.AddSingleton<PeerClient>();
        services.AddSingleton<IPeerCalls>(p => p.GetRequiredService<PeerClient>());
        services.AddSingleton<OwnResources>(p => new OwnResources(p.GetRequiredService<NodeIdentity>()));
        services.AddSingleton<Catalogues>();
        services.AddSingleton<AgreementBook>();
        services.AddSingleton<ConsentBook>();
        services.AddSingleton<SqlConnector>();
        services.AddSingleton<LocateEvidence>();
        services.AddSingleton<AnswerQuery>();
        services.AddSingleton<IExchange, AskProvider>();
        services.AddScoped<IConsents, AttestConsent>();
        services.AddSingleton<IAccessRecords, RecordAccess>();

        services.AddHandler<ConsentRevoked, HonourRevocation>();
        services.AddHandler<AgreementTerminated, HonourTermination>();
        services.AddHostedService<FollowDirectory>();
        services.AddHostedService<FollowReplicas>();
        services.AddHostedService<SendEvents>();
        services.AddSingleton<WitnessLogs>();
        services.AddHostedService(p => p.GetRequiredService<WitnessLogs>());
        return services;
    }

    /// <summary>The door for other nodes. After routing, before whatever decides who may call a route.</summary>
    public static IApplicationBuilder UseExchange(this IApplicationBuilder app) => app.UseMiddleware<PeerGate>();

    /// <summary>Reads what the room keeps in memory: directory, agreements, revocations, catalogues, today's counts. Before the first request.</summary>
    public static async Task PrepareExchange(this IServiceProvider services, CancellationToken ct = default)
    {
        var node = services.GetRequiredService<NodeIdentity>();
        await services.GetRequiredService<RegionDirectory>().Load(ct);
        var book = services.GetRequiredService<AgreementBook>();
        var file = Path.Combine(node.DataFolder, AgreementBook.FileName);
        if (File.Exists(file))
            Need(await book.Import((await File.ReadAllLinesAsync(file, ct)).Where(line => line.StartsWith('{')), ct));
        else
            await book.Load(ct);
        await book.Recount(services.GetRequiredService<TransparencyLog>(), ct);
        await services.GetRequiredService<ConsentBook>().Load(ct);
        await services.GetRequiredService<Catalogues>().Load(ct);
    }

    public static void MapExchange(this Faces faces)
    {
        faces.Peer.MapPost("/query", AnswerQuery.Handle).Only(Allow.Peer).WithMetadata(SpendsNonce.Itself);
        faces.Peer.MapGet("/directory", (RegionDirectory directory) => Results.Text(directory.Trusted.Text, "application/jose+json")).Only(Allow.Peer);
        faces.Peer.MapGet("/catalogue", (OwnResources own) => Results.Text(own.Catalogue.ToJson(), "application/json")).Only(Allow.Peer);
        faces.Peer.MapPost("/events", TakeEvent.Handle).Only(Allow.Peer);
        faces.Peer.MapPut("/files/{hash}", TakeFile.Handle).Only(Allow.Peer);
        faces.Peer.MapGet("/log/checkpoint", (TransparencyLog log) => Results.Text(log.Head.Note)).Only(Allow.Peer);
        faces.Peer.MapGet("/log/consistency", LogRoutes.Consistency).Only(Allow.Peer);
        faces.Peer.MapPost("/log/cosignatures", TakeCosignature.Handle).Only(Allow.Peer);

        faces.Portal.MapGet("/directory", (RegionDirectory directory) => Results.Text(directory.Trusted.Text, "application/jose+json")).Only(Allow.Anyone);
        faces.Portal.MapGet("/log/checkpoint", LogRoutes.Checkpoint).Only(Allow.Anyone);
        faces.Portal.MapGet("/log/proof/inclusion", LogRoutes.Inclusion).Only(Allow.Anyone);
        faces.Portal.MapGet("/log/proof/consistency", LogRoutes.Consistency).Only(Allow.Anyone);

        faces.Portal.MapPost("/my/consents/{id}/revoke", RevokeConsent.Handle).Only(Allow.Person).WithOnce();
        faces.Console.MapPost("/agreements/{id}/terminate", TerminateAgreement.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
    }

    static TransparencyLog OpenLog(IServiceProvider services)
    {
        var node = services.GetRequiredService<NodeIdentity>();
        var options = services.GetRequiredService<DatabaseOptions>();
        var database = options.IsSqlite ? options with { Connection = Path.Combine(node.DataFolder, LogFileName) } : options;
        var opened = TransparencyLog.Open(
            database, WitnessLogs.OriginOf(node.Id), services.GetRequiredService<Keystore>().Log, services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<TransparencyLog>>());
        return Need(opened.GetAwaiter().GetResult());
    }

    /// <summary>A node that lacks what it stands on does not start; the exception says what and what to do.</summary>
    static T Need<T>(Result<T> result) => result.Ok ? result.Value
        : throw new InvalidOperationException($"{result.Error.Detail} / {result.Error.DetailEn} [{result.Error.Code}] → {result.Error.Todo} / {result.Error.TodoEn}");
}

/// <summary>Stored events hold personal data: sealed at rest.</summary>
sealed class StoredEventSeal(IVault vault) : IPayloadSeal
{
    const string Context = "kernel_outbox.Body";

    public string Seal(string payload) => vault.Seal(payload, Context);

    public string Open(string stored) => vault.Open(stored, Context);
}
