using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Web;

namespace Tongban.Tests.Unit.Web;

/// <summary>A page with one form, as the rooms write theirs.</summary>
public sealed class KeptPage : PageBase
{
    [Parameter] public Error? Error { get; set; }
    [Parameter] public IFormCollection? Entered { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenComponent<PortalLayout>(0);
        builder.AddComponentParameter(1, nameof(PortalLayout.Title), "kept");
        builder.AddComponentParameter(2, nameof(PortalLayout.ChildContent), (RenderFragment)(page =>
        {
            page.OpenComponent<Form>(0);
            page.AddComponentParameter(1, nameof(Form.Action), "/kept/send");
            page.AddComponentParameter(2, nameof(Form.Error), Error);
            page.AddComponentParameter(3, nameof(Form.Entered), Entered);
            page.AddComponentParameter(4, nameof(Form.ChildContent), (RenderFragment)(form =>
            {
                form.OpenComponent<TextField>(0);
                form.AddComponentParameter(1, nameof(TextField.Name), "name");
                form.AddComponentParameter(2, nameof(TextField.Label), "Name");
                form.CloseComponent();
            }));
            page.CloseComponent();
        }));
        builder.CloseComponent();
    }
}
