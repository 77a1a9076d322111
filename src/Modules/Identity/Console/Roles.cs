using Tongban.Kernel;
using Tongban.Kernel.Access;

namespace Tongban.Identity.Console;

static class Roles
{
    public static readonly IReadOnlyList<Role> All = [Role.Clerk, Role.Officer, Role.Supervisor, Role.Steward, Role.Auditor, Role.Administrator];

    public static Words Named(Role role) => role switch
    {
        Role.Clerk => new("综合窗口", "Window clerk"),
        Role.Officer => new("经办人", "Officer"),
        Role.Supervisor => new("审核人", "Supervisor"),
        Role.Steward => new("数据管理员", "Data steward"),
        Role.Auditor => new("审计员", "Auditor"),
        Role.Administrator => new("系统管理员", "Administrator"),
        _ => new(role.ToString(), role.ToString()),
    };

    public static Words Does(Role role) => role switch
    {
        Role.Clerk => new("收件、核验身份，不作决定", "Takes in matters and checks identity; decides nothing"),
        Role.Officer => new("办理本部门的环节并作决定", "Works the department's steps and decides"),
        Role.Supervisor => new("派件、抽查、审核", "Assigns, samples, approves"),
        Role.Steward => new("管理数据资源和共享协议", "Keeps resources and agreements"),
        Role.Auditor => new("查看日志和数字，不改任何内容", "Reads logs and figures; changes nothing"),
        Role.Administrator => new("管理账号和设置，看不到办件", "Keeps accounts and settings; sees no case"),
        _ => new("", ""),
    };
}
