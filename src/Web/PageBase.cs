using Microsoft.AspNetCore.Components;
using Tongban.Kernel;

namespace Tongban.Web;

/// <summary>What pages and components stand on: the request's <see cref="Web.Ui"/> and two-language text.</summary>
public abstract class PageBase : ComponentBase
{
    [Inject]
    public required Ui Ui { get; init; }

    protected string T(string zh, string en) => Ui.T(zh, en);

    protected string T(Words words) => Ui.T(words);
}
