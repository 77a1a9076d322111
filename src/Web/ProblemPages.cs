using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;

namespace Tongban.Web;

/// <summary>
/// What a person sees when something is refused or breaks. <see cref="ErrorResult"/> decides between a page and a problem
/// document; this draws the page, and gives the framework's bare statuses (no such page, expired form, too large) and
/// unhandled exceptions the same two faces.
/// </summary>
sealed class ProblemPages : IProblemPage
{
    public Task Show(HttpContext http, int status, Error error) =>
        Page.Of<ProblemPage>(new { Status = status, Error = error }, status).ExecuteAsync(http);

    /// <summary>A status without a body, left by routing, binding or a refused sign-in.</summary>
    public static Task OnBareStatus(StatusCodeContext context)
    {
        var http = context.HttpContext;
        var status = http.Response.StatusCode;
        // 401 with a challenge is an answer of its own to a program (bearer, signature); it needs words only for a person.
        return Answer(http, status, Explain(http, status));
    }

    public static Task OnException(HttpContext http)
    {
        var thrown = http.Features.Get<IExceptionHandlerFeature>()?.Error;
        if (thrown is BadHttpRequestException bad)
            return Answer(http, bad.StatusCode, Explain(http, bad.StatusCode));
        if (thrown is AntiforgeryValidationException)
            return Answer(http, 400, FormTokens.Expired);
        if (StorageFull.Is(thrown))
            return Answer(http, 503, Full);
        return Answer(http, 500, Broken(http.TraceIdentifier));
    }

    static readonly Error Full = Error.Unavailable("storage.full", "系统的存储空间已满，这一步没有保存，您之前保存的内容都在", "The system has no room left on its disk: this step was not saved; what you saved before is safe",
        "请过一会儿再提交一次；如果还不行，请致电 12345", "Send it again in a while; if it still fails call 12345");

    static Task Answer(HttpContext http, int status, Error error) => new ErrorResult(error, status).ExecuteAsync(http);

    static Error Broken(string trace) => new(ErrorKind.Unavailable, "web.broken", "系统出了问题，这一步没有办成",
        "Something broke on our side; this step was not done", null,
        string.Create(CultureInfo.InvariantCulture, $"请稍后再试；如果还不行，请致电 12345，并报上编号 {trace}"),
        string.Create(CultureInfo.InvariantCulture, $"Try again later; if it still fails call 12345 and quote {trace}"));

    static Error Explain(HttpContext http, int status)
    {
        if (http.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false })
            return FormTokens.Expired;
        return status switch
        {
            401 => Error.Forbidden("web.sign-in-needed", "这一页需要先登录", "You need to sign in to see this page",
                "请登录后再试", "Sign in and try again"),
            403 => Error.Forbidden("web.not-allowed", "您的账号不能办理这一步", "Your account may not do this",
                "如果您认为应该可以，请联系本单位管理员", "If you think it should, ask the administrator of your office"),
            404 => Error.NotFound("web.no-page", "没有找到这个页面，或者您无权查看", "This page does not exist, or is not yours to see") with
            {
                Todo = "请检查网址，或从首页搜索要办的事",
                TodoEn = "Check the address, or search from the home page",
            },
            405 => Error.Invalid("web.method", "这个网址不能这样打开", "This address cannot be opened in this way", null,
                "请从首页重新进入", "Start again from the home page"),
            413 => Error.Invalid("web.too-large", "提交的内容太大", "What you sent is too large", null,
                "请把文件压缩或拆分后再上传", "Compress or split the file and upload again"),
            415 => Error.Invalid("web.media-type", "不支持这种格式", "This format is not supported", "Content-Type",
                "请用网页上的表单提交；程序请按接口说明发送", "Send it with the form on the page; a program sends what the interface says"),
            429 => Error.Unavailable("web.too-many", "请求太频繁", "Too many requests", "请过一会儿再试", "Wait a little and try again"),
            >= 500 => Broken(http.TraceIdentifier),
            _ => Error.Invalid("web.bad-request", "提交的内容不完整或格式不对", "What you sent is incomplete or malformed", null,
                "请返回上一页检查后再提交", "Go back, check it and send it again"),
        };
    }
}

public static class ResultAnswers
{
    /// <summary>The value's answer, or the error's.</summary>
    public static IResult Or<T>(this Result<T> result, Func<T, IResult> answer) => result.Ok ? answer(result.Value) : result.Error.AsResult();
}
