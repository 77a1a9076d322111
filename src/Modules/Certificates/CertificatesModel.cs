using Microsoft.EntityFrameworkCore;
using Tongban.Kernel.Data;

namespace Tongban.Certificates;

sealed class CertificatesModel : IModelPart
{
    public string Prefix => "certificates_";

    public void Configure(ModelBuilder model)
    {
        model.Entity<Certificate>(e =>
        {
            e.ToTable("certificates_certificate");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(32);
            e.Property(x => x.Number).HasMaxLength(160);
            e.Property(x => x.TypeCode).HasMaxLength(32);
            e.Property(x => x.CaseNumber).HasMaxLength(40);
            e.Property(x => x.FilingId).HasMaxLength(40);
            e.Property(x => x.FilingNode).HasMaxLength(64);
            e.Property(x => x.IssuedOn).HasMaxLength(10);
            e.Property(x => x.ValidUntil).HasMaxLength(10);
            e.Property(x => x.State).HasMaxLength(20).HasConversion<string>();
            e.Property(x => x.Division).HasMaxLength(12);
            e.Property(x => x.Department).HasMaxLength(40);
            e.Property(x => x.SubjectKey).HasMaxLength(64);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => x.Number).IsUnique();
            e.HasIndex(x => x.CaseNumber).IsUnique();
            e.HasIndex(x => new { x.Department, x.Id });
            e.HasIndex(x => new { x.SubjectKey, x.Id });
            e.HasIndex(x => new { x.State, x.StatusPlace });
        });
        model.Entity<HeldRow>(e =>
        {
            e.ToTable("certificates_held");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(32);
            e.Property(x => x.Number).HasMaxLength(160);
            e.Property(x => x.TypeCode).HasMaxLength(32);
            e.Property(x => x.IssuerNode).HasMaxLength(64);
            e.Property(x => x.CaseNumber).HasMaxLength(40);
            e.Property(x => x.FilingId).HasMaxLength(40);
            e.Property(x => x.IssuedOn).HasMaxLength(10);
            e.Property(x => x.ValidUntil).HasMaxLength(10);
            e.Property(x => x.Division).HasMaxLength(12);
            e.Property(x => x.Department).HasMaxLength(40);
            e.Property(x => x.SubjectKey).HasMaxLength(64);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.IssuerNode, x.Number }).IsUnique();
            e.HasIndex(x => new { x.SubjectKey, x.Id });
        });
        model.Entity<HolderKeyRow>(e =>
        {
            e.ToTable("certificates_holder_key");
            e.HasKey(x => x.SubjectKey);
            e.Property(x => x.SubjectKey).HasMaxLength(64);
            e.Property(x => x.Division).HasMaxLength(12);
            e.Property(x => x.Department).HasMaxLength(40);
        });
        model.Entity<PresentationRow>(e =>
        {
            e.ToTable("certificates_presentation");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(43);
            e.Property(x => x.Nonce).HasMaxLength(43);
            e.HasIndex(x => x.Until);
        });
    }
}
