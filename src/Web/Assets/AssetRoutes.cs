using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Tongban.Kernel;
using Tongban.Kernel.Http;

namespace Tongban.Web;

static class AssetRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/assets/{version}/{**path}", [HttpMethods.Get, HttpMethods.Head], Serve).Only(Allow.Anyone);
        routes.MapGet("/favicon.ico", () => TypedResults.Redirect(AssetStore.Url("icon.svg")!)).Only(Allow.Anyone);
    }

    /// <summary>
    /// An address of another build is answered with this build's file, not to be kept: while replicas are being replaced a
    /// page of the new one may fetch its stylesheet from the old one.
    /// </summary>
    static IResult Serve(string version, string path, HttpContext http)
    {
        if (AssetStore.Find(path) is not { } asset)
            return Error.NotFound("web.no-asset", "没有这个文件", "There is no such file").AsResult();
        var headers = http.Response.Headers;
        headers.CacheControl = version == AssetStore.Version ? "public, max-age=31536000, immutable" : "no-cache";
        headers.XContentTypeOptions = "nosniff";
        headers.ETag = asset.Tag;
        if (asset.Compresses)
            headers.Vary = HeaderNames.AcceptEncoding;
        if (http.Request.Headers.IfNoneMatch == asset.Tag)
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        var accepted = http.Request.Headers.AcceptEncoding.ToString();
        if (asset.Compresses && accepted.Contains("br", StringComparison.Ordinal))
        {
            headers.ContentEncoding = "br";
            return TypedResults.Bytes(asset.Brotli, asset.Type);
        }
        if (asset.Compresses && accepted.Contains("gzip", StringComparison.Ordinal))
        {
            headers.ContentEncoding = "gzip";
            return TypedResults.Bytes(asset.Gzip, asset.Type);
        }
        return TypedResults.Bytes(asset.Plain, asset.Type);
    }
}
