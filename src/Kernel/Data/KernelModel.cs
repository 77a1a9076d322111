using Microsoft.EntityFrameworkCore;
using Tongban.Kernel.Access;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;

namespace Tongban.Kernel.Data;

sealed class KernelModel : IModelPart
{
    public string Prefix => "kernel_";

    public void Configure(ModelBuilder model)
    {
        model.Entity<OutboxRow>(e =>
        {
            e.ToTable("kernel_outbox");
            e.HasKey(x => x.Position);
            e.Property(x => x.Position).ValueGeneratedOnAdd();
            e.Property(x => x.EventId).HasMaxLength(64);
            e.Property(x => x.Type).HasMaxLength(128);
            e.Property(x => x.FromNode).HasMaxLength(64);
            e.Property(x => x.ToNode).HasMaxLength(64);
            e.Property(x => x.Stream).HasMaxLength(128);
            e.HasIndex(x => x.EventId).IsUnique();
            e.HasIndex(x => x.Position, "IX_kernel_outbox_Waiting").HasFilter("\"DoneAt\" IS NULL");
            e.HasIndex(x => new { x.ToNode, x.Position }, "IX_kernel_outbox_WaitingForNode").HasFilter("\"DoneAt\" IS NULL AND \"ToNode\" IS NOT NULL");
            e.HasIndex(x => x.DoneAt, "IX_kernel_outbox_Done").HasFilter("\"DoneAt\" IS NOT NULL");
            e.HasIndex(x => new { x.ToNode, x.Stream, x.StreamSequence });
        });
        model.Entity<InboxRow>(e =>
        {
            e.ToTable("kernel_inbox");
            e.HasKey(x => new { x.EventId, x.Handler });
            e.Property(x => x.EventId).HasMaxLength(64);
            e.Property(x => x.Handler).HasMaxLength(200);
        });
        model.Entity<PeerStreamRow>(e =>
        {
            e.ToTable("kernel_peer_stream");
            e.HasKey(x => new { x.FromNode, x.Stream });
            e.Property(x => x.FromNode).HasMaxLength(64);
            e.Property(x => x.Stream).HasMaxLength(128);
            e.Property(x => x.LastSequence).IsConcurrencyToken();
        });
        model.Entity<LeaseRow>(e =>
        {
            e.ToTable("kernel_lease");
            e.HasKey(x => x.Name);
            e.Property(x => x.Name).HasMaxLength(128);
            e.Property(x => x.Holder).HasMaxLength(64);
            e.Property(x => x.Epoch).IsConcurrencyToken();
        });
        model.Entity<OnceRow>(e =>
        {
            e.ToTable("kernel_once");
            e.HasKey(x => new { x.ActorId, x.Key });
            e.Property(x => x.ActorId).HasMaxLength(128);
            e.Property(x => x.Key).HasMaxLength(128);
            e.Property(x => x.Route).HasMaxLength(256);
            e.Property(x => x.RequestHash).HasMaxLength(64);
        });
        model.Entity<CounterRow>(e =>
        {
            e.ToTable("kernel_counter");
            e.HasKey(x => x.Name);
            e.Property(x => x.Name).HasMaxLength(128);
        });
    }
}

/// <summary>A named run of numbers, such as the document numbers of one department and year.</summary>
[NoRowRule("Numbers only; holds nothing about anybody.")]
public sealed class CounterRow
{
    public required string Name { get; set; }

    public long Last { get; set; }
}

/// <summary>The right to do a piece of work alone, for a while. The epoch rises at every change of holder.</summary>
[NoRowRule("Work claims between replicas; holds nothing about anybody.")]
public sealed class LeaseRow
{
    public required string Name { get; set; }

    public required string Holder { get; set; }

    public long Epoch { get; set; }

    public long Until { get; set; }
}
