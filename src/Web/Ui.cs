using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Time;

namespace Tongban.Web;

/// <summary>
/// What every page of one request knows: language, text size, who is signed in, which node this is, where the person is.
/// Read once per request, from cookies (or <c>?lang=en</c>, <c>?elder=1</c> for one page) and the signed-in actor.
/// </summary>
public sealed class Ui(IHttpContextAccessor accessor, CurrentActor current, NodeIdentity node, TimeProvider clock, WebOptions options, IAntiforgery antiforgery, Keeper keeper)
{
    public const string LanguageCookie = "tb-lang";
    public const string ElderCookie = "tb-elder";

    Flash? flash;
    bool flashTaken;
    Kept? kept;
    bool keptTaken;

    HttpContext Http => accessor.HttpContext ?? throw new InvalidOperationException("A page is drawn only inside a request.");

    public bool English { get; } = Choice(accessor.HttpContext, "lang", LanguageCookie) == "en";

    /// <summary>Larger text and targets, stronger contrast (长辈版).</summary>
    public bool Elder { get; } = Choice(accessor.HttpContext, "elder", ElderCookie) == "1";

    public string Lang => English ? "en" : "zh-CN";

    public Actor Actor => current.Actor;

    public bool SignedIn => Actor.IsPerson || Actor.IsStaff;

    public NodeIdentity Node => node;

    public WebOptions Options => options;

    public DateOnly Today => clock.Today();

    /// <summary>Path and query of this request.</summary>
    public string Path => Http.Request.GetEncodedPathAndQuery();

    /// <summary>What was sent to this page, when it answers a post.</summary>
    internal IFormCollection? Entered => HttpMethods.IsPost(Http.Request.Method) ? Http.Features.Get<Microsoft.AspNetCore.Http.Features.IFormFeature>()?.Form : null;

    /// <summary>This page answers a form that was sent.</summary>
    public bool Posted => HttpMethods.IsPost(Http.Request.Method);

    /// <summary>What was entered into the form of this address before the language or the text size was switched; null when nothing was.</summary>
    internal IFormCollection? KeptFor(string action)
    {
        if (!keptTaken && HttpMethods.IsGet(Http.Request.Method))
        {
            keptTaken = true;
            kept = keeper.Take(Http, node);
        }
        return kept?.Action == action ? kept.ToForm() : null;
    }

    /// <summary>Where a switch comes back to. A page that answered a post cannot be fetched again, so the page of its form is taken.</summary>
    public string Back
    {
        get
        {
            if (HttpMethods.IsGet(Http.Request.Method))
                return Path;
            if (Entered is { } entered && entered[Kept.From].ToString() is { Length: > 0 } page && IsLocal(page))
                return page;
            return Uri.TryCreate(Http.Request.Headers.Referer, UriKind.Absolute, out var from) && from.Authority == Http.Request.Host.Value
                ? from.PathAndQuery
                : options.HomePath;
        }
    }

    /// <summary>The word left by the page before this one; shown once.</summary>
    public Flash? Flash
    {
        get
        {
            if (!flashTaken)
            {
                flashTaken = true;
                flash = Web.Flash.Take(Http, node);
            }
            return flash;
        }
    }

    /// <summary>Name and value of the hidden field that proves a form came from this node's page.</summary>
    public AntiforgeryTokenSet FormToken => antiforgery.GetAndStoreTokens(Http);

    public string T(string zh, string en) => English ? en : zh;

    public string T(Words words) => words.In(English);

    public string Date(DateOnly date) => Formats.Date(date, English);

    public string Moment(long unixMilliseconds) => Formats.Moment(unixMilliseconds, English);

    public string Fee(long fen) => Formats.Fee(fen, English);

    public string WorkingDays(int days) => Formats.WorkingDays(days, English);

    public string DaysLeft(int days) => Formats.DaysLeft(days, English);

    static string? Choice(HttpContext? http, string query, string cookie) =>
        http?.Request.Query[query].ToString() is { Length: > 0 } asked ? asked : http?.Request.Cookies[cookie];

    internal static bool IsLocal(string? url) =>
        url is ['/', ..] && (url.Length == 1 || url[1] is not '/' and not '\\') && !url.Any(char.IsControl);

    internal static string Number(long value) => value.ToString("#,##0", CultureInfo.InvariantCulture);
}
