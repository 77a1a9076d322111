using System.Reflection;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Tongban.Kernel.Access;
using Tongban.Kernel.Events;

namespace Tongban.Kernel.Data;

/// <summary>A module's share of the model: its entity configurations, every table with the module's prefix.</summary>
public interface IModelPart
{
    /// <summary>Table prefix, such as <c>cases_</c>; unique on both engines, as SQLite has no schemas.</summary>
    string Prefix { get; }

    void Configure(ModelBuilder model);
}

/// <summary>The parts of the model, in a fixed order. Nodes of one process that have the same parts share one built model.</summary>
public sealed class ModelParts
{
    public ModelParts(IEnumerable<IModelPart> parts)
    {
        All = [.. parts.OrderBy(p => p.Prefix, StringComparer.Ordinal)];
        Key = string.Join(' ', All.Select(p => p.GetType().FullName));
    }

    public IReadOnlyList<IModelPart> All { get; }

    internal string Key { get; }
}

/// <summary>
/// EF keeps a built model per context type; ours depends on the parts too. Without them in the key,
/// whichever host of the process built its model first would decide which tables the others see.
/// </summary>
sealed class ModelKey : IModelCacheKeyFactory
{
    public object Create(DbContext context, bool designTime) => (((NodeDb)context).PartsKey, designTime);
}

/// <summary>
/// The node's one database. Every entity that belongs to somebody carries the row rule of the present actor;
/// an entity without an owner says why (<see cref="NoRowRuleAttribute"/>), or the model does not build.
/// </summary>
public sealed class NodeDb(DbContextOptions<NodeDb> options, ModelParts parts, CurrentActor current, WriteGate gate, IIndexForms? indexForms = null) : DbContext(options)
{
    readonly IIndexForms forms = indexForms ?? OneForm.It;
    (string? Key, IReadOnlyList<string> Forms) own = (null, []);

    internal string PartsKey => parts.Key;

    internal bool SeesAll => current.Actor.Role == Role.System;

    /// <summary>The present person's key in every form under which rows may be theirs; none for staff.</summary>
    public IReadOnlyList<string> OwnKeys
    {
        get
        {
            var key = current.Actor.SubjectKey;
            if (key != own.Key)
                own = (key, string.IsNullOrEmpty(key) ? [] : forms.Forms(key));
            return own.Forms;
        }
    }

    /// <summary>Whether a stored key is the present person's.</summary>
    public bool IsOwn(string subjectKey) => current.Actor.SubjectKey is { Length: > 0 } key && forms.Same(key, subjectKey);

    internal string OwnSubject => OwnKeys is [var oldest, ..] ? oldest : "";

    internal string OwnSubjectAnew => OwnKeys is [.., var newest] ? newest : "";

    internal string DivisionPrefix => Divisions.Prefix(current.Actor.Division);

    /// <summary>Empty for who sees all departments. A department without a name is none, and holds no rows.</summary>
    internal string OwnDepartment => current.Actor.Department switch { null => "", "" => "-", var department => department };

    internal string ReaderTag => current.Actor.Department is { Length: > 0 } department ? $"|{department}|" : "";

    internal bool MayRead(string purpose) => Purposes.Of(current.Actor.Role).Contains(purpose);

    public Actor Actor => current.Actor;

    /// <summary>A text in two languages is one column of JSON, in every module.</summary>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<Words>().HaveConversion<WordsColumn>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        foreach (var part in parts.All)
            part.Configure(modelBuilder);
        foreach (var entity in modelBuilder.Model.GetEntityTypes().ToList())
        {
            if (entity.IsOwned())
                continue;
            if (typeof(IRowRuled).IsAssignableFrom(entity.ClrType))
                RuleMethod.MakeGenericMethod(entity.ClrType).Invoke(this, [modelBuilder]);
            else if (entity.ClrType.GetCustomAttribute<NoRowRuleAttribute>() is null)
                throw new InvalidOperationException($"{entity.ClrType.Name} neither belongs to somebody (IRowRuled) nor says why not ([NoRowRule]).");
        }
    }

    static readonly MethodInfo RuleMethod = typeof(NodeDb).GetMethod(nameof(Rule), BindingFlags.Instance | BindingFlags.NonPublic)!;

    void Rule<T>(ModelBuilder modelBuilder) where T : class, IRowRuled =>
        modelBuilder.Entity<T>().HasQueryFilter(RowRule.FilterName, RowRule.For<T>(this));

    /// <summary>Raised when changes are durable, so that others may be told to look.</summary>
    public event Action? Committed;

    WriteGate.Turn turn;
    bool writing;

    /// <summary>A transaction that nobody here began, a migration's, is let through: who began it could not leave the gate.</summary>
    internal async ValueTask EnterGate(CancellationToken ct)
    {
        if (writing)
            turn = await gate.Enter(ct);
    }

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        IndexesAnew.Write(ChangeTracker, forms);
        if (Database.CurrentTransaction is not null || !ChangeTracker.HasChanges())
            return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        // The gate is at the transaction, so there is to be one for a single row too; and the changes were found just now.
        Database.AutoTransactionBehavior = AutoTransactionBehavior.Always;
        ChangeTracker.AutoDetectChangesEnabled = false;
        try
        {
            return await Write(() => base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken));
        }
        finally
        {
            ChangeTracker.AutoDetectChangesEnabled = true;
        }
    }

    /// <summary>Runs a body that reads and writes in one transaction. The body must not call other systems.</summary>
    public async Task<T> InTransaction<T>(Func<Task<T>> body, CancellationToken ct = default)
    {
        if (Database.CurrentTransaction is not null)
            return await body();
        return await Write(async () =>
        {
            await using var transaction = await Database.BeginTransactionAsync(ct);
            var value = await body();
            await transaction.CommitAsync(ct);
            return value;
        });
    }

    async Task<T> Write<T>(Func<Task<T>> change)
    {
        T value;
        writing = true;
        try
        {
            value = await change();
        }
        finally
        {
            writing = false;
            turn.Dispose();
            turn = default;
        }
        Committed?.Invoke();
        return value;
    }

    /// <summary>
    /// Saves, and tells a lost race from a fault: false means that somebody else changed or inserted the same row first
    /// (a revision or a unique key); nothing of this change is kept, and the caller answers 409 or reads what the other wrote.
    /// A repeated idempotency key is not told here: it is thrown on to the filter that began it.
    /// </summary>
    public async Task<SaveOutcome> TrySave(CancellationToken ct = default)
    {
        try
        {
            await SaveChangesAsync(ct);
            return SaveOutcome.Saved;
        }
        catch (DbUpdateConcurrencyException)
        {
            return SaveOutcome.Changed;
        }
        catch (DbUpdateException e) when (UniqueViolation.Is(e) && !UniqueViolation.IsOf(e, "kernel_once"))
        {
            return SaveOutcome.Exists;
        }
    }
}

public enum SaveOutcome
{
    Saved,

    /// <summary>The row's revision moved on.</summary>
    Changed,

    /// <summary>A row with the same unique key is already there.</summary>
    Exists,
}

sealed class WordsColumn() : ValueConverter<Words, string>(
    words => JsonSerializer.Serialize(words, EventTypes.Json),
    stored => JsonSerializer.Deserialize<Words>(stored, EventTypes.Json)!);
