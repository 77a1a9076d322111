using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Exchange;

sealed class ExchangeModel : IModelPart
{
    public string Prefix => "exchange_";

    public void Configure(ModelBuilder model)
    {
        model.Entity<DirectoryRow>(e =>
        {
            e.ToTable("exchange_directory");
            e.HasKey(x => x.Version);
            e.Property(x => x.Version).ValueGeneratedNever();
            e.Property(x => x.Hash).HasMaxLength(64);
        });
        model.Entity<ProposalRow>(e =>
        {
            e.ToTable("exchange_proposal");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(64);
            e.Property(x => x.ProposedBy).HasMaxLength(64);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.Version, x.ProposedAt });
        });
        model.Entity<StandardRow>(e =>
        {
            e.ToTable("exchange_standard");
            e.HasKey(x => x.Hash);
            e.Property(x => x.Hash).HasMaxLength(64);
            e.Property(x => x.GivenBy).HasMaxLength(64);
            e.HasIndex(x => x.Version);
        });
        model.Entity<MappingRow>(e =>
        {
            e.ToTable("exchange_mapping");
            e.HasKey(x => new { x.Scope, x.Target, x.Number });
            e.Property(x => x.Scope).HasMaxLength(96);
            e.Property(x => x.Target).HasMaxLength(64);
            e.Property(x => x.List).HasMaxLength(64);
            Owned(e);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.State, x.Scope });
        });
        model.Entity<ResourceRow>(e =>
        {
            e.ToTable("exchange_resource");
            e.HasKey(x => new { x.Code, x.Version });
            e.Property(x => x.Code).HasMaxLength(64);
            e.Property(x => x.Name).HasMaxLength(200);
            Owned(e);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.Division, x.Department, x.Code });
        });
        model.Entity<RightRow>(e =>
        {
            e.ToTable("exchange_right");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(64);
            e.Property(x => x.Resource).HasMaxLength(64);
            e.Property(x => x.Kind).HasMaxLength(16);
            e.Property(x => x.Party).HasMaxLength(64);
            e.Property(x => x.Basis).HasMaxLength(500);
            Owned(e);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.Division, x.Department, x.Id });
        });
        model.Entity<NeedRow>(e =>
        {
            e.ToTable("exchange_need");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(64);
            e.Property(x => x.Title).HasMaxLength(100);
            e.Property(x => x.Of).HasMaxLength(64);
            e.Property(x => x.Reason).HasMaxLength(500);
            Owned(e);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.Division, x.Department, x.Id });
        });
        model.Entity<CatalogueRow>(e =>
        {
            e.ToTable("exchange_catalogue");
            e.HasKey(x => x.NodeId);
            e.Property(x => x.NodeId).HasMaxLength(64);
        });
        model.Entity<CataloguePageRow>(e =>
        {
            e.ToTable("exchange_catalogue_page");
            e.HasKey(x => new { x.NodeId, x.Page });
            e.Property(x => x.NodeId).HasMaxLength(64);
            e.Property(x => x.Page).HasMaxLength(16);
            e.Property(x => x.Etag).HasMaxLength(64);
        });
        model.Entity<OverdueRow>(e =>
        {
            e.ToTable("exchange_overdue");
            e.HasKey(x => new { x.Code, x.Version });
            e.Property(x => x.Code).HasMaxLength(64);
            e.Property(x => x.WrittenOn).HasMaxLength(10);
            e.Property(x => x.Since).HasMaxLength(10);
            Owned(e);
            e.Property(x => x.Revision).IsConcurrencyToken();
        });
        model.Entity<AgreementRow>(e =>
        {
            e.ToTable("exchange_agreement");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(64);
            e.Property(x => x.Provider).HasMaxLength(64);
            e.Property(x => x.Consumer).HasMaxLength(64);
            e.Property(x => x.Resource).HasMaxLength(64);
            e.Property(x => x.TerminatedBy).HasMaxLength(64);
            e.Property(x => x.TerminationReason).HasMaxLength(500);
            Owned(e);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.Division, x.Department, x.Id });
        });
        model.Entity<NegotiationRow>(e =>
        {
            e.ToTable("exchange_negotiation");
            Process<NegotiationRow, NegotiationState, NegotiationMove>(e);
            e.Property(x => x.Resource).HasMaxLength(64);
            e.Property(x => x.OfferId).HasMaxLength(256);
            e.Property(x => x.TerminatedBy).HasMaxLength(64);
            e.Property(x => x.EscalationId).HasMaxLength(64);
            e.Property(x => x.EscalatedStage).HasMaxLength(16);
            e.Property(x => x.EndReason).HasMaxLength(500);
            e.HasIndex(x => new { x.Division, x.Department, x.Id });
            e.HasIndex(x => x.AgreementId);
        });
        model.Entity<EscalationRow>(e =>
        {
            e.ToTable("exchange_escalation");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(64);
            e.Property(x => x.Consumer).HasMaxLength(64);
            e.Property(x => x.Provider).HasMaxLength(64);
            e.Property(x => x.Resource).HasMaxLength(64);
            e.Property(x => x.Stage).HasMaxLength(16);
            e.Property(x => x.DueOn).HasMaxLength(10);
            e.Property(x => x.Outcome).HasMaxLength(32);
            e.HasIndex(x => new { x.ClosedAt, x.DueOn });
        });
        model.Entity<TransferRow>(e =>
        {
            e.ToTable("exchange_transfer");
            Process<TransferRow, TransferState, TransferMove>(e);
            e.Property(x => x.SuspendedBy).HasMaxLength(64);
            e.HasIndex(x => new { x.Division, x.Department, x.AgreementId });
        });
        model.Entity<ConsentRow>(e =>
        {
            e.ToTable("exchange_consent");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(64);
            Owned(e);
            e.Property(x => x.Purpose).HasMaxLength(64);
            e.Property(x => x.PurposeNameZh).HasMaxLength(200);
            e.Property(x => x.PurposeNameEn).HasMaxLength(200);
            e.Property(x => x.CaseReference).HasMaxLength(64);
            e.Property(x => x.Receiver).HasMaxLength(64);
            e.Property(x => x.FetchKind).HasMaxLength(16);
            e.Property(x => x.FetchPer).HasMaxLength(16);
            e.Property(x => x.MandateKind).HasMaxLength(32);
            e.Property(x => x.MandateReference).HasMaxLength(64);
            e.Ignore(x => x.Fetch);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => x.MandateReference);
            e.HasIndex(x => new { x.SubjectKey, x.Id });
        });
        model.Entity<AckRow>(e =>
        {
            e.ToTable("exchange_ack");
            e.HasKey(x => new { x.Consumer, x.UpTo });
            e.Property(x => x.Consumer).HasMaxLength(64);
            e.HasIndex(x => new { x.Consumer, x.After }).IsUnique();
        });
        model.Entity<LateAckRow>(e =>
        {
            e.ToTable("exchange_late_ack");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(64);
            e.Property(x => x.Consumer).HasMaxLength(64);
        });
        model.Entity<UnackedRow>(e =>
        {
            e.ToTable("exchange_unacked");
            e.HasKey(x => new { x.Consumer, x.Index });
            e.Property(x => x.Consumer).HasMaxLength(64);
            e.Property(x => x.ExchangeId).HasMaxLength(64);
            e.Property(x => x.AgreementId).HasMaxLength(64);
            e.Property(x => x.Resource).HasMaxLength(64);
            Owned(e);
            e.HasIndex(x => x.Index);
        });
        model.Entity<AckSentRow>(e =>
        {
            e.ToTable("exchange_ack_sent");
            e.HasKey(x => x.Provider);
            e.Property(x => x.Provider).HasMaxLength(64);
            e.Property(x => x.UpTo).IsConcurrencyToken();
        });
        model.Entity<LegacyClientRow>(e =>
        {
            e.ToTable("exchange_client");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(40);
            e.Property(x => x.Name).HasMaxLength(100);
            e.Property(x => x.SecretHash).HasMaxLength(64);
            e.Property(x => x.Purpose).HasMaxLength(64);
            Owned(e);
            e.Property(x => x.Revision).IsConcurrencyToken();
        });
        model.Entity<DisputeRow>(e =>
        {
            e.ToTable("exchange_dispute");
            e.HasKey(x => new { x.Id, x.Side });
            e.Property(x => x.AskedBy).HasMaxLength(64);
            e.HasIndex(x => x.ExchangeId);
            e.Property(x => x.Id).HasMaxLength(64);
            e.Property(x => x.Peer).HasMaxLength(64);
            e.Property(x => x.ExchangeId).HasMaxLength(64);
            e.Property(x => x.Resource).HasMaxLength(64);
            e.Property(x => x.Field).HasMaxLength(64);
            e.Property(x => x.CaseReference).HasMaxLength(64);
            e.Property(x => x.Seen).HasMaxLength(64);
            e.Property(x => x.DueOn).HasMaxLength(10);
            Owned(e);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.Side, x.State, x.DueOn });
            e.HasIndex(x => x.LookAt);
            e.HasIndex(x => new { x.SubjectKey, x.Id });
        });
        model.Entity<CorrectionRow>(e =>
        {
            e.ToTable("exchange_correction");
            e.HasKey(x => new { x.ExchangeId, x.Field, x.DisputeId });
            e.Property(x => x.ExchangeId).HasMaxLength(64);
            e.Property(x => x.Field).HasMaxLength(64);
            e.Property(x => x.DisputeId).HasMaxLength(64);
            e.Property(x => x.Provider).HasMaxLength(64);
            e.Property(x => x.Resource).HasMaxLength(64);
            e.Property(x => x.CaseReference).HasMaxLength(64);
            Owned(e);
            e.HasIndex(x => x.At);
        });
        model.Entity<BulkRow>(e =>
        {
            e.ToTable("exchange_bulk");
            e.HasKey(x => new { x.Id, x.Side });
            e.Property(x => x.Id).HasMaxLength(64);
            e.Property(x => x.Peer).HasMaxLength(64);
            e.Property(x => x.AgreementId).HasMaxLength(64);
            e.Property(x => x.Resource).HasMaxLength(64);
            e.Property(x => x.Purpose).HasMaxLength(64);
            e.Property(x => x.CaseReference).HasMaxLength(64);
            e.Property(x => x.Code).HasMaxLength(64);
            Owned(e);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.Side, x.State, x.NextAt });
            e.HasIndex(x => new { x.Division, x.Department, x.Id });
        });
        model.Entity<ReconciliationRow>(e =>
        {
            e.ToTable("exchange_reconciliation");
            e.HasKey(x => new { x.AgreementId, x.Month });
            e.Property(x => x.AgreementId).HasMaxLength(64);
            e.Property(x => x.Month).HasMaxLength(10);
            e.Property(x => x.Trouble).HasMaxLength(64);
            e.Property(x => x.Revision).IsConcurrencyToken();
        });
        model.Entity<MeteringDifferenceRow>(e =>
        {
            e.ToTable("exchange_metering_difference");
            e.HasKey(x => new { x.AgreementId, x.Month, x.Number });
            e.Property(x => x.AgreementId).HasMaxLength(64);
            e.Property(x => x.Month).HasMaxLength(10);
            e.Property(x => x.ExchangeId).HasMaxLength(64);
        });
        model.Entity<EquivocationRow>(e =>
        {
            e.ToTable("exchange_equivocation");
            e.HasKey(x => new { x.Origin, x.Witness });
            e.Property(x => x.Origin).HasMaxLength(128);
            e.Property(x => x.Witness).HasMaxLength(64);
            e.Property(x => x.Member).HasMaxLength(64);
        });
        model.Entity<EndedAckRow>(e =>
        {
            e.ToTable("exchange_ended_ack");
            e.HasKey(x => new { x.Epoch, x.Consumer, x.UpTo });
            e.Property(x => x.Consumer).HasMaxLength(64);
        });
        model.Entity<ExchangeTimeRow>(e =>
        {
            e.ToTable("exchange_time");
            e.HasKey(x => new { x.Hour, x.Side, x.Peer, x.Resource });
            e.Property(x => x.Peer).HasMaxLength(64);
            e.Property(x => x.Resource).HasMaxLength(64);
            e.Property(x => x.Revision).IsConcurrencyToken();
        });
        model.Entity<PublishingRow>(e =>
        {
            e.ToTable("exchange_publishing");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).ValueGeneratedNever();
            e.Property(x => x.Revision).IsConcurrencyToken();
        });
        model.Entity<WatchRow>(e =>
        {
            e.ToTable("exchange_watch");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(64);
            e.Property(x => x.Consumer).HasMaxLength(64);
            e.Property(x => x.AgreementId).HasMaxLength(64);
            e.Property(x => x.Resource).HasMaxLength(64);
            e.Property(x => x.Seen).HasMaxLength(64);
            e.Property(x => x.Code).HasMaxLength(64);
            Owned(e);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.State, x.EndTold, x.Id });
            e.HasIndex(x => new { x.Resource, x.Id }, "IX_exchange_watch_Open").HasFilter("\"State\" <> 2");
            e.HasIndex(x => new { x.Division, x.Department, x.Id });
        });
        model.Entity<WatchedChangeRow>(e =>
        {
            e.ToTable("exchange_watched_change");
            e.HasKey(x => new { x.WatchId, x.Offset });
            e.Property(x => x.WatchId).HasMaxLength(64);
            e.Property(x => x.ExchangeId).HasMaxLength(64);
            e.HasIndex(x => x.AsOf);
        });
        model.Entity<SubscriptionRow>(e =>
        {
            e.ToTable("exchange_subscription");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(64);
            e.Property(x => x.Provider).HasMaxLength(64);
            e.Property(x => x.AgreementId).HasMaxLength(64);
            e.Property(x => x.Resource).HasMaxLength(64);
            e.Property(x => x.Purpose).HasMaxLength(64);
            e.Property(x => x.CaseReference).HasMaxLength(64);
            e.Property(x => x.ConsentId).HasMaxLength(64);
            e.Property(x => x.Code).HasMaxLength(64);
            Owned(e);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.Division, x.Department, x.Id });
        });
        model.Entity<TakenChangeRow>(e =>
        {
            e.ToTable("exchange_taken_change");
            e.HasKey(x => new { x.SubscriptionId, x.Offset });
            e.Property(x => x.SubscriptionId).HasMaxLength(64);
            e.HasIndex(x => x.DeleteAt);
        });
        model.Entity<OverdueDisputeRow>(e =>
        {
            e.ToTable("exchange_overdue_dispute");
            e.HasKey(x => new { x.FirstReceiver, x.DisputeId });
            e.Property(x => x.FirstReceiver).HasMaxLength(64);
            e.Property(x => x.DisputeId).HasMaxLength(64);
            e.Property(x => x.Provider).HasMaxLength(64);
            e.Property(x => x.Resource).HasMaxLength(64);
            e.Property(x => x.DueOn).HasMaxLength(10);
            e.HasIndex(x => new { x.ClosedAt, x.DueOn });
        });
        model.Entity<RevocationRow>(e =>
        {
            e.ToTable("exchange_revocation");
            e.HasKey(x => new { x.FromNode, x.ConsentId });
            e.Property(x => x.FromNode).HasMaxLength(64);
            e.Property(x => x.ConsentId).HasMaxLength(64);
            e.HasIndex(x => x.HeardAt);
        });
    }

    static void Owned<T>(EntityTypeBuilder<T> e)
        where T : class, IRowRuled
    {
        e.Property(x => x.Division).HasMaxLength(12);
        e.Property(x => x.Department).HasMaxLength(64);
        e.Property(x => x.SubjectKey).HasMaxLength(64);
        e.Property(x => x.Readers).HasMaxLength(256);
    }

    static void Process<TRow, TState, TMove>(EntityTypeBuilder<TRow> e)
        where TRow : DspProcess<TState, TMove>, IRowRuled
        where TState : struct, Enum
        where TMove : struct, Enum
    {
        e.HasKey(x => x.Id);
        e.Property(x => x.Id).HasMaxLength(64);
        e.Property(x => x.Peer).HasMaxLength(64);
        e.Property(x => x.PeerPid).HasMaxLength(128);
        e.Property(x => x.PeerBase).HasMaxLength(256);
        e.Property(x => x.AgreementId).HasMaxLength(64);
        e.Property(x => x.LastError).HasMaxLength(128);
        e.Property(x => x.Reason).HasMaxLength(500);
        Owned(e);
        e.Property(x => x.Revision).IsConcurrencyToken();
        // One process for each of the other side's; before it has answered there is no id of it.
        e.HasIndex(x => new { x.Side, x.Peer, x.PeerPid }).IsUnique().HasFilter("\"PeerPid\" <> ''");
        e.HasIndex(x => new { x.Sending, x.NextAt });
    }
}
