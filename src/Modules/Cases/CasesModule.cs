using Microsoft.Extensions.DependencyInjection;
using Tongban.Cases.Deciding;
using Tongban.Cases.Desk;
using Tongban.Cases.Filings;
using Tongban.Cases.Materials;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Certificates;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Trust;
using Tongban.Web;

namespace Tongban.Cases;

/// <summary>Room Cases: filing, clocks, steps, decisions, delivery, rating.</summary>
public static class CasesModule
{
    /// <summary>
    /// Needs the questions of Identity, Items, Exchange, Rulebook, Registry and Certificates, an <c>IVault</c>, a
    /// <c>WorkingCalendar</c> and the kernel in the container.
    /// </summary>
    public static IServiceCollection AddCases(this IServiceCollection services)
    {
        services.AddSingleton<IModelPart, CasesModel>();
        services.AddSingleton<StoredFiles>();
        services.AddSingleton<IStoredFiles>(p => p.GetRequiredService<StoredFiles>());
        services.AddSingleton<ISealedFiles>(p => p.GetRequiredService<StoredFiles>());
        services.AddSingleton<SealedJson>();
        services.AddScoped<Dossiers>();
        services.AddScoped<DecideAtOnce>();
        services.AddScoped<JointAnswers>();
        services.AddScoped<GatherEvidence>();
        services.AddScoped<FileCase>();
        services.AddScoped<IMatters, NameMatters>();
        services.AddScoped<PersonActs>();
        services.AddScoped<OfficerActs>();
        services.AddScoped<Queue>();
        services.AddScoped<CaseShowing>();
        services.AddScoped<Drafts>();
        services.AddSingleton<MatterWords>();
        services.AddSingleton<PlaceChoices>();
        services.AddSingleton<EraseEvidence>();
        services.AddSingleton<Housekeeping>();
        services.AddHostedService(p => p.GetRequiredService<Housekeeping>());
        services.AddNavEntry(new NavEntry(NavPlace.Portal, 20, "/my/cases", new Words("我的办件", "My matters"), "list", a => a.IsPerson));
        services.AddNavEntry(new NavEntry(NavPlace.Console, 10, "/console/queue", new Words("我的待办", "My queue"), "inbox", OfficerActs.Officers.Admits));

        services.AddHandler<FilingSubmitted, ReceiveFiling>();
        services.AddHandler<FilingSupplemented, FromTheFilingNode>();
        services.AddHandler<FilingCompleted, FromTheFilingNode>();
        services.AddHandler<FilingWithdrawn, FromTheFilingNode>();
        services.AddHandler<FilingRated, FromTheFilingNode>();
        services.AddHandler<CaseProgressed, MirrorProgress>();
        services.AddHandler<CertificateIssued, MirrorProgress>();
        services.AddHandler<CertificateIssued, DeliverResult>();
        services.AddHandler<CertificateRevoked, OnlyOne>();
        services.AddHandler<StepRequested, ReceiveStep>();
        services.AddHandler<StepCancelled, ReceiveStep>();
        services.AddHandler<StepAnswered, StepComesBack>();
        services.AddHandler<EffectApplied, EffectsDone>();
        services.AddEvent<CaseAccepted>();
        services.AddEvent<CaseNotAccepted>();
        services.AddEvent<SupplementRequested>();
        services.AddEvent<CaseDecided>();
        services.AddEvent<ResultDelivered>();
        services.AddEvent<EffectDue>();
        return services;
    }

    public static void MapCases(this Faces faces)
    {
        StartDraft.Map(faces);
        ShowDraft.Map(faces);
        AgreeToEvidence.Map(faces);
        BringDocuments.Map(faces);
        FillForm.Map(faces);
        HandIn.Map(faces);
        MyMatters.Map(faces);
        FileByProgram.Map(faces);
        MyFilings.Map(faces);
        WithdrawFiling.Map(faces);
        AnswerSupplement.Map(faces);
        BringPromised.Map(faces);
        RateFiling.Map(faces);
        AcceptCase.Map(faces);
        NotAcceptCase.Map(faces);
        RequestSupplement.Map(faces);
        ExtendCase.Map(faces);
        DecideCase.Map(faces);
        WorkStep.Map(faces);
        WorkJointStep.Map(faces);
        CaseApi.Map(faces);
        ReadMaterial.Map(faces);
        ShowQueue.Map(faces);
        ShowCase.Map(faces);
        DisputeEvidence.Map(faces);
        ShowJointStep.Map(faces);
    }
}
