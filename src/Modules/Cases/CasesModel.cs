using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tongban.Cases.Deciding;
using Tongban.Cases.Filings;
using Tongban.Cases.Materials;
using Tongban.Kernel.Data;

namespace Tongban.Cases;

sealed class CasesModel : IModelPart
{
    public string Prefix => "cases_";

    public void Configure(ModelBuilder model)
    {
        model.Entity<Draft>(e =>
        {
            e.ToTable("cases_draft");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(32);
            Owner(e.Property(x => x.Division), e.Property(x => x.Department), e.Property(x => x.SubjectKey));
            e.Property(x => x.BaseCode).HasMaxLength(32);
            e.Property(x => x.ImplementationCode).HasMaxLength(64);
            e.Property(x => x.FilingId).HasMaxLength(32);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.SubjectKey, x.Id });
            e.HasIndex(x => x.ExpiresAt);
            e.HasIndex(x => x.EvidenceUntil);
        });
        model.Entity<Filing>(e =>
        {
            e.ToTable("cases_filing");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(32);
            Owner(e.Property(x => x.Division), e.Property(x => x.Department), e.Property(x => x.SubjectKey));
            e.Property(x => x.Number).HasMaxLength(32);
            e.Property(x => x.CaseNumber).HasMaxLength(32);
            e.Property(x => x.BaseCode).HasMaxLength(32);
            e.Property(x => x.ImplementationCode).HasMaxLength(64);
            e.Property(x => x.OwnerNode).HasMaxLength(64);
            e.Property(x => x.State).HasMaxLength(16);
            e.Property(x => x.CertificateId).HasMaxLength(128);
            e.Property(x => x.Reference).HasMaxLength(32);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => x.Number).IsUnique();
            e.HasIndex(x => x.Reference);
            e.HasIndex(x => x.EvidenceUntil);
            e.HasIndex(x => x.CaseNumber);
            e.HasIndex(x => new { x.SubjectKey, x.Id });
        });
        model.Entity<Case>(e =>
        {
            e.ToTable("cases_case");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(32);
            Owner(e.Property(x => x.Division), e.Property(x => x.Department), e.Property(x => x.SubjectKey));
            e.Property(x => x.Number).HasMaxLength(32);
            e.Property(x => x.FilingNumber).HasMaxLength(32);
            e.Property(x => x.FilingNode).HasMaxLength(64);
            e.Property(x => x.BaseCode).HasMaxLength(32);
            e.Property(x => x.ImplementationCode).HasMaxLength(64);
            e.Property(x => x.NameIndex).HasMaxLength(64);
            e.Property(x => x.PhoneIndex).HasMaxLength(64);
            e.Property(x => x.Channel).HasMaxLength(16);
            e.Property(x => x.State).HasMaxLength(16);
            e.Property(x => x.Todo).HasMaxLength(8);
            Dates(e.Property(x => x.TodoDue), e.Property(x => x.AcceptedOn), e.Property(x => x.StatutoryDue), e.Property(x => x.PromisedDue));
            e.Property(x => x.CertificateId).HasMaxLength(128);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => x.Number).IsUnique();
            e.HasIndex(x => x.FilingNumber);
            e.HasIndex(x => x.EvidenceUntil);
            e.HasIndex(x => x.NameIndex);
            e.HasIndex(x => x.PhoneIndex);
            e.HasIndex(x => x.SubjectKey);
            e.HasIndex(x => new { x.Department, x.Todo, x.TodoDue, x.Id });
            e.HasIndex(x => new { x.Department, x.State, x.Id });
            e.HasIndex(x => new { x.State, x.TodoDue });
            e.Property(x => x.OneKey).HasMaxLength(64);
            e.HasIndex(x => x.OneKey).IsUnique();
        });
        model.Entity<Step>(e =>
        {
            e.ToTable("cases_step");
            e.HasKey(x => new { x.CaseId, x.StepId });
            e.Property(x => x.CaseId).HasMaxLength(32);
            e.Property(x => x.StepId).HasMaxLength(64);
            Owner(e.Property(x => x.Division), e.Property(x => x.Department), e.Property(x => x.SubjectKey));
            e.Property(x => x.CaseNumber).HasMaxLength(32);
            e.Property(x => x.Node).HasMaxLength(64);
            e.Property(x => x.Effect).HasMaxLength(64);
            e.Property(x => x.State).HasMaxLength(16);
            Dates(e.Property(x => x.Due));
            e.Property(x => x.Worker).HasMaxLength(128);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.Department, x.State, x.Due, x.CaseId });
        });
        model.Entity<JointStep>(e =>
        {
            e.ToTable("cases_joint_step");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(32);
            Owner(e.Property(x => x.Division), e.Property(x => x.Department), e.Property(x => x.SubjectKey));
            e.Property(x => x.CaseNumber).HasMaxLength(32);
            e.Property(x => x.StepId).HasMaxLength(64);
            e.Property(x => x.OwnerNode).HasMaxLength(64);
            e.Property(x => x.BaseCode).HasMaxLength(32);
            e.Property(x => x.NameIndex).HasMaxLength(64);
            e.Property(x => x.PhoneIndex).HasMaxLength(64);
            e.Property(x => x.State).HasMaxLength(16);
            Dates(e.Property(x => x.Due));
            e.Property(x => x.Worker).HasMaxLength(128);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.CaseNumber, x.StepId }).IsUnique();
            e.HasIndex(x => x.EvidenceUntil);
            e.HasIndex(x => new { x.Department, x.State, x.Due, x.Id });
            e.HasIndex(x => x.NameIndex);
            e.HasIndex(x => x.PhoneIndex);
            e.HasIndex(x => x.SubjectKey);
        });
        model.Entity<FileUse>(e =>
        {
            e.ToTable("cases_file_use");
            e.HasKey(x => new { x.Hash, x.UserId });
            e.Property(x => x.Hash).HasMaxLength(64);
            e.Property(x => x.UserId).HasMaxLength(32);
            e.HasIndex(x => x.UserId);
        });
    }

    static void Owner(PropertyBuilder<string> division, PropertyBuilder<string> department, PropertyBuilder<string> subject)
    {
        division.HasMaxLength(12);
        department.HasMaxLength(64);
        subject.HasMaxLength(64);
    }

    static void Dates(params PropertyBuilder[] dates)
    {
        foreach (var date in dates)
            date.HasMaxLength(10);
    }
}
