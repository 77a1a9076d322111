using Microsoft.AspNetCore.Http;
using Tongban.Identity.Accounts;
using Tongban.Kernel.Access;

namespace Tongban.Identity.Sessions;

/// <summary>What the present request's session is, as the pages of this room need it. Others see only the actor.</summary>
/// <param name="Actor">Nobody while a step stands between the password and the work.</param>
/// <param name="OwnSubjectKey">The person's own key, whoever they act for now.</param>
/// <param name="MandateEnds">Last day of the mandate acted under, ISO.</param>
sealed record SignedIn(
    string Hash,
    string PublicId,
    string AccountId,
    string AccountKind,
    SessionStep Step,
    IReadOnlyList<Role> Roles,
    Actor Actor,
    string OwnSubjectKey,
    int Level,
    long SignedInAt,
    long EndsAt)
{
    public bool IsStaff => AccountKind == AccountRow.Staff;
}

static class SignedInFeature
{
    public static SignedIn? Session(this HttpContext http) => http.Features.Get<SignedIn>();
}
