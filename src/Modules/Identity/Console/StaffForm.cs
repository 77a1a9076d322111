using Microsoft.AspNetCore.Http;
using Tongban.Contracts.Registry;
using Tongban.Identity.Accounts;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Web;

namespace Tongban.Identity.Console;

/// <summary>The fields of a staff account in a form.</summary>
static class StaffForm
{
    public static StaffDetails Read(IFormCollection form, string login) => new(
        login,
        form["name"].ToString().Trim(),
        form["phone"].ToString().Trim(),
        form["division"].ToString().Trim(),
        form["department"].ToString().Trim(),
        [.. form["roles"].Select(r => Enum.TryParse<Role>(r, out var role) ? role : Role.None)]);

    public static IReadOnlyList<Choice> Departments(IServiceProvider services, NodeIdentity node, bool english) =>
        services.GetService(typeof(IDepartments)) is IDepartments departments
            ? [.. departments.Of(node.Division).Select(d => new Choice(d.Code, d.Name.In(english)))]
            : [];
}
