using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Identity.Accounts;
using Tongban.Identity.Portal;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Web;

namespace Tongban.Identity.Console;

/// <summary>
/// An administrator makes a staff account. It has no password yet: issuing one is a step of its own on the account's
/// page, so that this write can be repeated safely and its answer stored.
/// </summary>
static class CreateStaff
{
    public static IResult Show() => Page.Of<CreateStaffPage>();

    public static async Task<IResult> Post(HttpContext http, IFormCollection form, NodeDb db, Once once, CancellationToken ct)
    {
        var staff = ActivatorUtilities.CreateInstance<StaffAccounts>(http.RequestServices);
        var account = await staff.Add(StaffForm.Read(form, form["login"].ToString().Trim()), ct);
        if (!account.Ok)
            return Refused(http, form, account.Error);
        var at = $"/console/accounts/{account.Value.Id}";
        once.Answer(StatusCodes.Status303SeeOther, at);
        return await db.TrySave(ct) == SaveOutcome.Saved ? See.Other(at) : Refused(http, form, StaffAccounts.Exists());
    }

    static IResult Refused(HttpContext http, IFormCollection form, Error error) =>
        Asks.Page(http) ? Page.Of<CreateStaffPage>(new { Error = error, Entered = form }, ErrorResult.Status(error.Kind)) : error.AsResult();
}
