using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Rulebook;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Rulebook.Register;
using Tongban.Rulebook.Versions;

namespace Tongban.Rulebook;

/// <summary>Room Rulebook: decision tables with their versions, their cases, and the public register of what decides about people.</summary>
public static class RulebookModule
{
    /// <summary>Needs <see cref="NodeIdentity"/>, a <see cref="TimeProvider"/> and the kernel in the container.</summary>
    public static IServiceCollection AddRulebook(this IServiceCollection services)
    {
        services.AddSingleton<IModelPart, RulebookModel>();
        services.AddSingleton<Tables>();
        services.AddScoped<IRulebook, DecideByTable>();
        services.AddScoped<RuleRegister>();
        services.AddHostedService<SeedTables>();
        return services;
    }

    public static void MapRulebook(this Faces faces)
    {
        faces.Api.MapGet("/rules", List).Only(Allow.Anyone);
        faces.Api.MapGet("/rules/{id}", Show).Only(Allow.Anyone);
        faces.Portal.MapGet("/rules/{id}/{version:int}.dmn", Document).Only(Allow.Anyone);
    }

    static async Task<IResult> List(string? after, int? size, RuleRegister register, CancellationToken ct)
    {
        if (after is null)
            return Results.Ok(await register.List(null, Cursor.Size(size), ct));
        var key = Cursor.Read(after, 1);
        return key.Ok ? Results.Ok(await register.List(key.Value[0], Cursor.Size(size), ct)) : key.Error.AsResult();
    }

    static async Task<IResult> Show(string id, int? version, RuleRegister register, CancellationToken ct)
    {
        var sheet = await register.Show(id, version, ct);
        return sheet.Ok ? Results.Ok(sheet.Value) : sheet.Error.AsResult();
    }

    static async Task<IResult> Document(string id, int version, RuleRegister register, CancellationToken ct)
    {
        var document = await register.Document(id, version, ct);
        return document.Ok ? Results.Text(document.Value, "application/xml; charset=utf-8") : document.Error.AsResult();
    }
}
