using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Notices;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Notices;

/// <summary>Room Notices: statutory notices and the person's inbox.</summary>
public static class NoticesModule
{
    public static IServiceCollection AddNotices(this IServiceCollection services)
    {
        services.AddSingleton<IModelPart, NoticesModel>();
        services.AddScoped<INotices, NoticeQuestions>();
        services.AddHandler<CaseAccepted, IssueNotice>();
        services.AddHandler<CaseNotAccepted, IssueNotice>();
        services.AddHandler<SupplementRequested, IssueNotice>();
        services.AddHandler<CaseDecided, IssueNotice>();
        services.AddHandler<ResultDelivered, IssueNotice>();
        services.AddHandler<NoticeIssued, ReceiveNotice>();
        services.AddNavEntry(new NavEntry(NavPlace.Portal, 40, "/my/notices", new Words("我的文书", "My notices"), "file", a => a.IsPerson));
        return services;
    }

    public static Faces MapNotices(this Faces faces)
    {
        ListNotices.Map(faces);
        ShowNotice.Map(faces);
        return faces;
    }
}
