using System.Reflection;
using Tongban.Tests.Integration;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Tongban.Tests.Integration;

/// <summary>Takes a minute or so: begun first, so that nothing is left to run alone at the end.</summary>
[AttributeUsage(AttributeTargets.Class)]
sealed class TakesLongAttribute : Attribute;

/// <summary>Classes marked <see cref="TakesLongAttribute"/> first; the others as they come.</summary>
sealed class LongestFirst : ITestCollectionOrderer
{
    static readonly HashSet<string> Long = [.. typeof(LongestFirst).Assembly.GetTypes().Where(t => t.GetCustomAttribute<TakesLongAttribute>() is not null).Select(t => t.FullName!)];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections) where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(c => Long.Any(name => c.TestCollectionDisplayName.Contains(name + " ", StringComparison.Ordinal)) ? 0 : 1)];
}
