using Microsoft.Extensions.DependencyInjection;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Events;
using Tongban.Registry.Departments;
using Tongban.Registry.Reference;
using Tongban.Registry.Sample;

namespace Tongban.Registry;

/// <summary>Room Registry: places and departments of the region, the sample departments, and what cases change in them.</summary>
public static class RegistryModule
{
    /// <param name="Seed">The same seed and size give the same facts on every machine.</param>
    /// <param name="People">At least so many people, over all four provinces; the last family is completed.</param>
    public sealed record SampleOptions(ulong Seed = 20261031, int People = 20_000);

    /// <param name="Done">0 to 1.</param>
    public sealed record SampleProgress(Words Stage, double Done);

    /// <param name="Generated">False when the region was there already.</param>
    /// <param name="Rows">Rows written, by province and database (<c>31/police.db</c>); empty when nothing was.</param>
    public sealed record SampleReport(bool Generated, IReadOnlyDictionary<string, long> Rows, TimeSpan Took);

    /// <summary>Answers <see cref="IPlaces"/>, <see cref="IDepartments"/>, <see cref="ICodedValues"/> and, through the exchange, <see cref="INodeRegister"/>; carries out <see cref="EffectDue"/>.</summary>
    public static IServiceCollection AddRegistry(this IServiceCollection services)
    {
        services.AddSingleton<IPlaces>(p => ReferencePlaces.Read(p.GetRequiredService<NodeIdentity>().SharedFolder));
        services.AddSingleton<IDepartments>(p => ReferenceDepartments.Read(p.GetRequiredService<NodeIdentity>().SharedFolder));
        services.AddSingleton<ICodedValues>(p => ReferenceCodedValues.Read(p.GetRequiredService<NodeIdentity>().SharedFolder));
        services.AddSingleton<INodeRegister, PlacesRegister>();
        services.AddSingleton<INodeRegister, DepartmentsRegister>();
        services.AddHandler<EffectDue, CarryOutEffect>();
        services.AddEvent<EffectApplied>();
        return services;
    }

    /// <summary>Where a node's departments keep their databases: <c>{data folder}/departments/{kind}.db</c>.</summary>
    public static string DepartmentsFolder(string nodeFolder) => Path.Combine(nodeFolder, "departments");

    /// <summary>
    /// Makes the sample region's departments, <c>{nodes}/{310000|…}/departments/*.db</c>, where they are missing. What is
    /// there is never overwritten; another seed, size or version there is a Conflict. Call it from one process at a time,
    /// before the nodes start.
    /// </summary>
    /// <param name="dataFolder">The project's <c>data</c> folder.</param>
    /// <param name="nodesFolder">The folder of all nodes' folders.</param>
    public static Task<Result<SampleReport>> GenerateSample(
        string dataFolder, string nodesFolder, SampleOptions options,
        IProgress<SampleProgress>? progress = null, CancellationToken stop = default) =>
        SampleRegion.Generate(dataFolder, nodesFolder, options, progress, stop);
}
