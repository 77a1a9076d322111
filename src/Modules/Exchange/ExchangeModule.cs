using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>The room where governments ask each other, and where every answer is agreed, consented, signed, logged and provable.</summary>
public static partial class ExchangeModule
{
    /// <summary>Adds the room, and with it the node's keystore, vault, seal of stored events and log, unless the host added its own.</summary>
    /// <param name="leastGroup">Smallest group of counts that leaves the node where a resource says nothing else.</param>
    public static IServiceCollection AddExchange(this IServiceCollection services, int? leastGroup = null)
    {
        services.AddSingleton<IModelPart, ExchangeModel>();
        services.TryAddSingleton(p => Need(OpenKeystore(p.GetRequiredService<NodeIdentity>().DataFolder)));
        services.TryAddSingleton<IVault>(p => p.GetRequiredService<Keystore>().Vault);
        services.TryAddSingleton<IIndexForms>(p => p.GetRequiredService<IVault>());
        services.TryAddSingleton<IPayloadSeal, StoredEventSeal>();
        services.TryAddSingleton(leastGroup is { } least ? new ExchangeOptions { LeastGroup = least } : new ExchangeOptions());
        services.AddSingleton(OpenLog);

        services.AddKeys();
        services.AddSingleton<RegionDirectory>();
        services.AddSingleton<IMembers>(p => p.GetRequiredService<RegionDirectory>());
        services.AddSingleton<OwnKeys>();
        services.AddSingleton<HubProposals>();
        services.AddScoped<ProposalSent>();
        services.AddSingleton<PeerClient>();
        services.AddSingleton<IPeerCalls>(p => p.GetRequiredService<PeerClient>());
        services.AddSingleton<StandardBook>();
        services.AddSingleton<MappingBook>();
        services.AddSingleton<CheckMapping>();
        services.AddSingleton<OverdueBook>();
        services.AddSingleton(p => new OwnResources(
            p.GetRequiredService<NodeIdentity>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<IServiceScopeFactory>(), options: p.GetRequiredService<ExchangeOptions>(),
            mappings: p.GetRequiredService<MappingBook>(), standards: p.GetRequiredService<StandardBook>(), overdue: p.GetRequiredService<OverdueBook>(), log: p.GetRequiredService<ILogger<OwnResources>>()));
        services.AddSingleton<Catalogues>();
        services.AddSingleton(p => new SearchCatalogues(() => p.GetRequiredService<Catalogues>().Held));
        services.AddSingleton<FindHeldFacts>();
        services.AddSingleton<IHeldFacts>(p => p.GetRequiredService<FindHeldFacts>());
        services.AddSingleton<MatchNeeds>();
        services.AddSingleton<AgreementBook>();
        services.AddSingleton<ConsentBook>();
        services.AddSingleton<SqlConnector>();
        services.AddSingleton<NamedSources>();
        services.AddSingleton<SourceOwners>();
        services.AddSingleton<PostgresConnector>();
        services.AddSingleton<HttpConnector>();
        services.AddSingleton<RegisterConnector>();
        services.AddSingleton<FileConnector>();
        services.AddSingleton<Sources>();
        services.AddSingleton<LocateEvidence>();
        services.AddSingleton<AnswerQuery>();
        services.AddSingleton<OpenSeals>();
        services.AddSingleton<GatherQueries>();
        services.AddSingleton<AskProvider>();
        services.AddSingleton<IExchange>(p => p.GetRequiredService<AskProvider>());
        services.AddSingleton<LocalCodes>();
        services.AddSingleton<LegacyDoor>();
        services.AddScoped<ISubscriptions, Subscribe>();
        services.AddSingleton<WatchSignal>();
        services.AddSingleton<BulkSignal>();
        services.AddSingleton<BulkFiles>();
        services.AddSingleton<ISealedFiles>(p => p.GetRequiredService<BulkFiles>());
        services.AddHostedService<PrepareBulk>();
        services.AddHostedService<FetchBulk>();
        services.AddHostedService<SweepBulk>();
        services.AddHostedService<WatchSources>();
        services.AddHostedService<PushChanges>();
        services.AddHostedService<SendAcks>();
        services.AddHostedService<EscalateOverdue>();
        services.AddHostedService<WatchFreshness>();
        services.AddHostedService<LookAtSource>();
        services.AddSingleton<ExchangeTelemetry>();
        services.AddSingleton<ExchangeTimes>();
        services.AddSingleton<KeepTimes>();
        services.AddHostedService(p => p.GetRequiredService<KeepTimes>());
        services.AddSingleton<RegionCounts>();
        services.AddHostedService(p => p.GetRequiredService<RegionCounts>());
        services.AddSingleton<MeteringTally>();
        services.AddSingleton<Reconcile>();
        services.AddSingleton<ReconcileMonths>();
        services.AddHostedService(p => p.GetRequiredService<ReconcileMonths>());
        services.AddScoped<IConsents, AttestConsent>();
        services.AddSingleton<IAccessRecords, RecordAccess>();

        services.AddSingleton<ConsentUses>();
        services.AddHandler<ConsentRevoked, HonourRevocation>();
        services.AddHandler<MandateEnded, EndMandate>();
        services.AddHandler<AgreementTerminated, HonourTermination>();
        services.AddHandler<RequestOverdue, ReceiveEscalation>();
        services.AddHandler<OverdueRequestAnswered, CloseEscalation>();
        services.AddHandler<DisputeRaised, ReceiveDispute>();
        services.AddHandler<DisputeAnswered, ReceiveDisputeAnswer>();
        services.AddHandler<ValueCorrected, ReceiveCorrection>();
        services.AddHandler<CorrectionPassed, ReceivePassedCorrection>();
        services.AddHandler<RecordChanged, TellOfChange>();
        services.AddScoped<IDisputes, OfficerDisputes>();
        services.AddHandler<DisputeAsked, ReceiveAsking>();
        services.AddHandler<DisputeOverdue, ReceiveOverdue>();
        services.AddSingleton<PushOverdue>();
        services.AddHostedService(p => p.GetRequiredService<PushOverdue>());
        services.AddSingleton<FollowDirectory>();
        services.AddHostedService(p => p.GetRequiredService<FollowDirectory>());
        services.AddHostedService<FollowReplicas>();
        services.AddHostedService<SendEvents>();
        services.AddSingleton<DspSignal>();
        services.AddSingleton<TakeNegotiation>();
        services.AddHostedService<SendNegotiation>();
        services.AddSingleton<TakeTransfer>();
        services.AddHostedService<SendTransfer>();
        services.AddSingleton(p => Need(DisclosureRules.Load(p.GetRequiredService<NodeIdentity>().DataFolder)));
        services.AddSingleton<GivePersonalRecords>();
        services.AddSingleton<PersonalRecords>();
        services.AddSingleton<ShownCheckpoint>();
        services.AddSingleton<WitnessLogs>();
        services.AddHostedService(p => p.GetRequiredService<WitnessLogs>());
        services.AddSingleton<Equivocations>();
        services.AddHostedService<CompareWitnesses>();
        services.AddSingleton<LogStanding>();
        services.AddHostedService(p => p.GetRequiredService<LogStanding>());

        static bool Stewards(Actor a) => a.Role is Role.Steward or Role.Auditor;
        services.AddNavEntry(new NavEntry(NavPlace.Portal, 50, "/my/data", new Words("谁用了我的数据", "Who used my data"), "eye", a => a.IsPerson));
        services.AddNavEntry(new NavEntry(NavPlace.Portal, 60, "/my/consents", new Words("我的授权", "My consents"), "key", a => a.IsPerson));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 500, "/console/exchange", new Words("数据交换", "Exchange"), "network", Stewards));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 503, "/console/monitoring", new Words("监测", "Monitoring"), "chart", Stewards));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 505, "/console/catalogue", new Words("资源目录", "Catalogue"), "list", Stewards));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 507, "/console/standards", new Words("数据标准", "Data standard"), "list", a => a.Role is Role.Administrator or Role.Steward or Role.Auditor));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 510, "/console/agreements", new Words("共享协议", "Agreements"), "file", Stewards));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 502, "/console/disputes", new Words("数据异议", "Disputes"), "alert", Stewards));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 515, "/console/subscriptions", new Words("订阅", "Subscriptions"), "bell", Stewards));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 517, "/console/bulk", new Words("批量取数", "Bulk"), "upload", Stewards));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 520, "/console/directory", new Words("成员名录", "Directory"), "people", a => a.Role is Role.Administrator or Role.Steward or Role.Auditor));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 522, "/console/log", new Words("日志", "Log"), "shield", a => a.Role is Role.Administrator or Role.Steward or Role.Auditor));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 525, "/console/clients", new Words("接入系统", "Connected systems"), "network", a => a.Role is Role.Administrator));
        return services;
    }

    /// <summary>The door for other nodes. After routing, before whatever decides who may call a route.</summary>
    public static IApplicationBuilder UseExchange(this IApplicationBuilder app) => app.UseMiddleware<PeerGate>();

    /// <summary>Under which name a node's times of exchanges can be listened to: its meter, and its source of activities.</summary>
    public static string TelemetryName(NodeIdentity node) => $"Tongban.Exchange@{node.PublicUrl}";

    /// <summary>What a government sends to a member to be admitted to the region.</summary>
    public static string Application(NodeIdentity node, Keystore keys, TimeProvider clock) => MemberApplication.Make(node, keys, clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Reads what the room keeps in memory: directory, agreements, revocations, catalogues, today's counts. Before the first request.</summary>
    public static async Task PrepareExchange(this IServiceProvider services, CancellationToken ct = default)
    {
        var node = services.GetRequiredService<NodeIdentity>();
        if (services.GetService<SealCipher>() is { } cipher)
            services.GetRequiredService<Keystore>().SealWith(cipher);
        await services.GetRequiredService<RegionDirectory>().Load(ct);
        services.GetRequiredService<OwnKeys>().Follow();
        var (own, standards) = (services.GetRequiredService<OwnResources>(), services.GetRequiredService<StandardBook>());
        await standards.Load(ct);
        await services.GetRequiredService<OverdueBook>().Load(ct);
        await own.Prepare(ct);
        await services.GetRequiredService<MappingBook>().Prepare(standards, own, ct);
        await own.Load(ct);
        var book = services.GetRequiredService<AgreementBook>();
        var file = Path.Combine(node.DataFolder, AgreementBook.FileName);
        if (File.Exists(file))
            Need(await book.Import((await File.ReadAllLinesAsync(file, ct)).Where(line => line.StartsWith('{')), ct));
        else
            await book.Load(ct);
        await book.Recount(services.GetRequiredService<TransparencyLog>(), ct);
        await services.GetRequiredService<ConsentBook>().Load(ct);
        await services.GetRequiredService<Catalogues>().Load(ct);
        await services.GetRequiredService<LogStanding>().Begin(ct);
        _ = services.GetRequiredService<DisclosureRules>();
    }

    public static void MapExchange(this Faces faces)
    {
        faces.Peer.MapPost("/query", AnswerQuery.Handle).Only(Allow.Peer).WithMetadata(SpendsNonce.Itself).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapPost("/queries", AnswerQueries.Handle).Only(Allow.Peer).WithMetadata(SpendsNonce.Itself).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapPost("/sealed", AnswerQueries.HandleSealed).Only(Allow.Peer).WithMetadata(SpendsNonce.Itself).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapGet("/directory", (RegionDirectory directory) => Results.Text(directory.Trusted.Text, "application/jose+json")).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapGet("/directory/proposals", GiveProposals.Handle).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapPost("/directory/proposals", TakeProposal.Handle).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapGet("/standards/{hash}", GiveStandard.Handle).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapPut("/standards/{hash}", TakeStandard.Handle).Only(Allow.Peer);
        faces.Peer.MapGet("/catalogue/pages", GiveCatalogue.Index).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapGet("/catalogue/pages/{id}", GiveCatalogue.Page).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapGet("/catalogue", (OwnResources own) => Results.Text(own.Catalogue.ToJson(), "application/json")).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapPost("/events", TakeEvent.Handle).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapPut("/files/{hash}", TakeFile.Handle).Only(Allow.Peer);
        faces.Peer.MapGet("/log/checkpoint", (ShownCheckpoint shown) => Results.Text(shown.Now().Note)).Only(Allow.Peer);
        faces.Peer.MapGet("/log/consistency", LogRoutes.Consistency).Only(Allow.Peer);
        faces.Peer.MapPost("/records", GivePersonalRecords.Handle).Only(Allow.Peer);
        faces.Peer.MapPost("/log/cosignatures", TakeCosignature.Handle).Only(Allow.Peer);
        faces.Peer.MapPost("/subscriptions", TakeSubscription.Begin).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapPost("/subscriptions/{id}/replay", TakeSubscription.Replay).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapPost("/subscriptions/{id}/end", TakeSubscription.End).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapPost("/bulk", TakeBulk.Begin).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapGet("/bulk/{id}/chunks/{n:int}", TakeBulk.Chunk).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapPost("/changes", TakeChanges.Handle).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapPost("/acks", TakeAcks.Handle).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapGet("/needs", GiveNeeds.Handle).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        faces.Peer.MapGet("/counts", GiveCounts.Handle).Only(Allow.Peer);
        faces.Peer.MapPost("/metering", GiveMetering.Handle).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);

        faces.Portal.MapGet("/directory", GiveDirectory.Handle).Only(Allow.Anyone);
        faces.Portal.MapGet("/log/checkpoint", LogRoutes.Checkpoint).Only(Allow.Anyone);
        faces.Portal.MapGet("/log/tile/{**place}", LogTiles.Handle).Only(Allow.Anyone);
        faces.Portal.MapGet("/log/witnessed", LogRoutes.Witnessed).Only(Allow.Anyone);
        faces.Portal.MapGet("/log/proof/inclusion", LogRoutes.Inclusion).Only(Allow.Anyone);
        faces.Portal.MapGet("/log/proof/consistency", LogRoutes.Consistency).Only(Allow.Anyone);

        faces.Portal.MapGet("/.well-known/dspace-version", ShowDataspace.Versions).Only(Allow.Anyone);
        var dsp = faces.Portal.MapGroup(PeerPaths.Dataspace).Only(Allow.Peer).WithMetadata(OpenToSociety.Too);
        dsp.MapPost("/catalog/request", ShowDataspace.Catalogue).Only(Allow.Peer);
        dsp.MapGet("/catalog/datasets/{id}", ShowDataspace.One).Only(Allow.Peer);
        dsp.MapGet("/negotiations/{pid}", TakeNegotiation.Show).Only(Allow.Peer);
        dsp.MapPost("/negotiations/request", TakeNegotiation.Begin).Only(Allow.Peer);
        dsp.MapPost("/negotiations/offers", TakeNegotiation.BeginOffered).Only(Allow.Peer);
        dsp.MapPost("/negotiations/{pid}/request", TakeNegotiation.Request).Only(Allow.Peer);
        dsp.MapPost("/negotiations/{pid}/offers", TakeNegotiation.Offer).Only(Allow.Peer);
        dsp.MapPost("/negotiations/{pid}/events", TakeNegotiation.Event).Only(Allow.Peer);
        dsp.MapPost("/negotiations/{pid}/agreement", TakeNegotiation.Agree).Only(Allow.Peer);
        dsp.MapPost("/negotiations/{pid}/agreement/verification", TakeNegotiation.Verify).Only(Allow.Peer);
        dsp.MapPost("/negotiations/{pid}/termination", TakeNegotiation.Terminate).Only(Allow.Peer);
        dsp.MapGet("/transfers/{pid}", TakeTransfer.Show).Only(Allow.Peer);
        dsp.MapPost("/transfers/request", TakeTransfer.Begin).Only(Allow.Peer);
        dsp.MapPost("/transfers/{pid}/start", TakeTransfer.Start).Only(Allow.Peer);
        dsp.MapPost("/transfers/{pid}/suspension", TakeTransfer.Suspend).Only(Allow.Peer);
        dsp.MapPost("/transfers/{pid}/completion", TakeTransfer.Complete).Only(Allow.Peer);
        dsp.MapPost("/transfers/{pid}/termination", TakeTransfer.Terminate).Only(Allow.Peer);

        faces.Portal.MapGet("/my/data", ShowMyData.Handle).Only(Allow.Person);
        const string bySecret = "a secret of the caller's own in a header; no cookie is looked at";
        faces.Portal.MapPost("/gateway/query", GatewayQuery.Handle).Only(Allow.Anyone).WithoutFormToken(bySecret);
        faces.Portal.MapGet("/gateway/changes", GatewayChanges.Handle).Only(Allow.Anyone);
        faces.Portal.MapGet("/gateway/bulk/{id}", GatewayBulk.Handle).Only(Allow.Anyone);
        faces.Portal.MapGet("/r1/{instance}/{memberClass}/{member}/{subsystem}/{service}", XRoadQuery.Handle).Only(Allow.Anyone);
        faces.Portal.MapPost("/r1/{instance}/{memberClass}/{member}/{subsystem}/{service}", XRoadQuery.Handle).Only(Allow.Anyone).WithoutFormToken(bySecret);
        faces.Portal.MapGet("/my/disputes", ShowDisputes.Mine).Only(Allow.Person);
        faces.Portal.MapGet("/my/disputes/new", RaiseDispute.Ask).Only(Allow.Person);
        faces.Portal.MapPost("/my/disputes", RaiseDispute.ByPerson).Only(Allow.Person).WithOnce();
        faces.Portal.MapGet("/my/receipts/{exchangeId}", DownloadReceipt.Mine).Only(Allow.Person);
        faces.Portal.MapGet("/my/consents", ListConsents.Handle).Only(Allow.Person);
        faces.Portal.MapPost("/my/consents/{id}/revoke", RevokeConsent.Handle).Only(Allow.Person).WithOnce();
        var stewards = Allow.Roles(Role.Steward, Role.Auditor);
        faces.Console.MapGet("/exchange", ShowExchanges.List).Only(stewards);
        faces.Console.MapGet("/exchange/picture", ShowPicture.Handle).Only(stewards);
        faces.Console.MapPost("/exchange/picture", GiveCounts.Choose).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/exchange/unacked", ShowUnacked.Handle).Only(stewards);
        faces.Console.MapGet("/exchange/{index:long}", ShowExchanges.One).Only(stewards);
        faces.Console.MapPost("/exchange/{index:long}/erase", EraseSalts.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/exchange/receipts/{exchangeId}", DownloadReceipt.Any).Only(stewards);
        faces.Console.MapGet("/monitoring", ShowMonitoring.Handle).Only(stewards);
        faces.Console.MapGet("/metering", ShowMetering.List).Only(stewards);
        faces.Console.MapGet("/metering/{id}/{month}", ShowMetering.One).Only(stewards);
        // Compares again, which done twice is done once.
        faces.Console.MapPost("/metering/{id}/{month}", ShowMetering.Compare).Only(Allow.Roles(Role.Steward));
        faces.Console.MapGet("/disputes", ShowDisputes.List).Only(stewards);
        faces.Console.MapPost("/disputes", RaiseDispute.BySteward).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/disputes/provider/{id}", ShowDisputes.OfProvider).Only(stewards);
        faces.Console.MapGet("/disputes/consumer/{id}", ShowDisputes.OfFirstReceiver).Only(stewards);
        faces.Console.MapPost("/disputes/{id}/decide", DecideDispute.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Portal.MapGet("/catalogue.ttl", WriteDcat.Handle).Only(Allow.Anyone);
        faces.Console.MapGet("/catalogue", ShowCatalogue.Search).Only(stewards);
        faces.Console.MapGet("/catalogue/{division}/{code}", ShowCatalogue.One).Only(stewards);
        faces.Console.MapGet("/evidence", ShowEvidence.Handle).Only(stewards);
        faces.Console.MapGet("/needs", ShowNeeds.Handle).Only(stewards);
        faces.Console.MapGet("/needs/pairs", ShowSupplyDemand.Handle).Only(stewards);
        faces.Console.MapPost("/needs", EnterNeed.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapPost("/needs/{id}/close", CloseNeed.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/freshness", ShowFreshness.Handle).Only(stewards);
        faces.Console.MapGet("/resources", ShowResources.Handle).Only(stewards);
        faces.Console.MapGet("/resources.csv", WriteResourceCsv.Handle).Only(stewards);
        faces.Console.MapPost("/resources/import", ImportResources.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/rights", ShowRights.Handle).Only(stewards);
        faces.Console.MapGet("/rights.csv", RightsCsv.Write).Only(stewards);
        faces.Console.MapPost("/rights", RegisterRight.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapPost("/rights/import", RightsCsv.Import).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapPost("/rights/{id}/end", RegisterRight.End).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/resources/new", ShowResources.New).Only(Allow.Roles(Role.Steward));
        faces.Console.MapPost("/resources", EnterResource.Create).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/resources/{code}/{version:int}", ShowResources.One).Only(stewards);
        faces.Console.MapPost("/resources/{code}/{version:int}", EnterResource.Save).Only(Allow.Roles(Role.Steward)).WithOnce();
        // Reads only; a form because the number of a person must not stand in an address.
        faces.Console.MapPost("/resources/{code}/{version:int}/try", TryResource.Handle).Only(Allow.Roles(Role.Steward));
        faces.Console.MapPost("/resources/{code}/{version:int}/decide", DecideResource.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/resources/{code}/{version:int}/mappings/{field}", ShowMapping.Field).Only(stewards);
        faces.Console.MapPost("/resources/{code}/{version:int}/mappings/{field}", EnterMapping.Field).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/resources/{code}/{version:int}/mappings/{field}/csv", ShowMapping.FieldCsv).Only(stewards);
        faces.Console.MapGet("/mappings", ShowMapping.List).Only(stewards);
        faces.Console.MapGet("/mappings/{department}/{element}", ShowMapping.Element).Only(stewards);
        faces.Console.MapPost("/mappings/{department}/{element}", EnterMapping.Element).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/mappings/{department}/{element}/csv", ShowMapping.ElementCsv).Only(stewards);
        var readers = Allow.Roles(Role.Administrator, Role.Steward, Role.Auditor);
        faces.Console.MapGet("/standards", (StandardBook standards, string? q, string? kind, string? after, CancellationToken ct) => ShowStandards.List(standards, ct, q, kind, after)).Only(readers);
        faces.Console.MapGet("/standards/csv/{kind}", ShowStandards.Csv).Only(readers);
        faces.Console.MapGet("/standards/lists/{list}", ShowStandards.CodeList).Only(readers);
        faces.Console.MapGet("/standards/elements/{element}", ShowStandards.Element).Only(readers);
        faces.Console.MapPost("/standards/propose", ProposeStandard.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/agreements", ShowAgreements.List).Only(stewards);
        faces.Console.MapGet("/agreements/{id}", ShowAgreements.One).Only(stewards);
        faces.Console.MapPost("/agreements/{id}/terminate", TerminateAgreement.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/bulk", ShowBulk.Handle).Only(stewards);
        faces.Console.MapGet("/bulk/{id}/file", ShowBulk.Download).Only(Allow.Roles(Role.Steward));
        faces.Console.MapPost("/bulk/{id}/drop", ShowBulk.Drop).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapPost("/agreements/{id}/bulk", BeginBulk.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapPost("/agreements/{id}/groups", AskAggregate.Handle).Only(Allow.Roles(Role.Steward));
        faces.Console.MapGet("/subscriptions", ShowSubscriptions.Handle).Only(stewards);
        faces.Console.MapGet("/subscriptions/{id}", ShowSubscriptions.One).Only(stewards);
        faces.Console.MapPost("/agreements/{id}/subscriptions", BeginSubscription.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapPost("/subscriptions/{id}/decide", DecideSubscription.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/negotiations", ShowNegotiations.List).Only(stewards);
        faces.Console.MapGet("/negotiations/new", ShowNegotiations.New).Only(Allow.Roles(Role.Steward));
        faces.Console.MapGet("/negotiations/{id}", ShowNegotiations.One).Only(stewards);
        faces.Console.MapPost("/negotiations", BeginNegotiation.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapPost("/negotiations/{id}/decide", DecideNegotiation.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapPost("/agreements/{id}/transfers", DecideTransfer.Begin).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapPost("/transfers/{id}/decide", DecideTransfer.Handle).Only(Allow.Roles(Role.Steward)).WithOnce();
        faces.Console.MapGet("/directory", ShowDirectory.Handle).Only(Allow.Roles(Role.Administrator, Role.Steward, Role.Auditor));
        faces.Console.MapGet("/log/evidence", ShowLog.Evidence).Only(Allow.Roles(Role.Administrator, Role.Steward, Role.Auditor));
        faces.Console.MapGet("/log", ShowLog.Handle).Only(Allow.Roles(Role.Administrator, Role.Steward, Role.Auditor));
        var administrators = Allow.Roles(Role.Administrator);
        faces.Console.MapPost("/log/epoch", OpenEpoch.Handle).Only(administrators).WithOnce();
        faces.Console.MapGet("/clients", LegacyClients.Show).Only(administrators);
        faces.Console.MapPost("/clients", LegacyClients.Register).Only(administrators).WithOnce();
        faces.Console.MapPost("/clients/{id}/revoke", LegacyClients.Revoke).Only(administrators).WithOnce();
        faces.Console.MapPost("/directory/keys", ReplaceKey.Handle).Only(administrators).WithOnce();
        faces.Console.MapPost("/directory/keys/distrust", DistrustKey.Handle).Only(administrators).WithOnce();
        faces.Console.MapPost("/directory/log", SealAnswers.Handle).Only(administrators).WithOnce();
        faces.Console.MapPost("/directory/members", AdmitMember.Handle).Only(administrators).WithOnce();
        faces.Console.MapPost("/directory/members/remove", RemoveMember.Handle).Only(administrators).WithOnce();
        faces.Console.MapPost("/directory/proposals/{id}/sign", SignProposal.Handle).Only(administrators).WithOnce();
        faces.Hub.MapGet("", ShowHub.Handle).Only(Allow.Anyone);
    }

    static TransparencyLog OpenLog(IServiceProvider services) => Need(TryOpenLog(services).GetAwaiter().GetResult());

    /// <summary>Fails with <c>log.in-use</c> while another process, as the running node, has it.</summary>
    static Task<Result<TransparencyLog>> TryOpenLog(IServiceProvider services)
    {
        var node = services.GetRequiredService<NodeIdentity>();
        return TransparencyLog.Open(
            LogDatabase(node, services.GetRequiredService<DatabaseOptions>()), WitnessLogs.OriginOf(node.Id), services.GetRequiredService<Keystore>().Log, services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<TransparencyLog>>(), second: () => services.GetRequiredService<Keystore>().LogInSm2);
    }

    /// <summary>On SQLite a file of its own beside the node's database; on PostgreSQL a schema of its own.</summary>
    internal static DatabaseOptions LogDatabase(NodeIdentity node, DatabaseOptions options) =>
        options.IsSqlite ? options with { Connection = Path.Combine(node.DataFolder, LogFileName) } : options;

    static T Need<T>(Result<T> result) => result.Ok ? result.Value : throw new NodeUnfitException(result.Error);
}

/// <summary>Stored events hold personal data: sealed at rest.</summary>
sealed class StoredEventSeal(IVault vault) : IPayloadSeal
{
    public string Seal(string payload) => vault.Seal(payload, OutboxRow.Context);

    public string Open(string stored) => vault.Open(stored, OutboxRow.Context);
}
