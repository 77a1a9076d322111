namespace Tongban.Tests.Journeys;

/// <summary>Journeys that start a region in processes run alone: five more processes would starve the browsers beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class InProcesses
{
    public const string Name = "a region in processes";
}
