using Microsoft.EntityFrameworkCore;
using Tongban.Identity.Accounts;
using Tongban.Identity.Oidc;
using Tongban.Identity.People;
using Tongban.Identity.Sessions;
using Tongban.Kernel.Data;

namespace Tongban.Identity;

sealed class IdentityModel : IModelPart
{
    public string Prefix => "identity_";

    public void Configure(ModelBuilder model)
    {
        model.Entity<PersonRow>(e =>
        {
            e.ToTable("identity_person");
            e.HasKey(x => x.Id);
            e.Property(x => x.Department).HasMaxLength(64);
            e.Property(x => x.Id).HasMaxLength(32);
            e.Property(x => x.Kind).HasMaxLength(16);
            e.Property(x => x.SubjectKey).HasMaxLength(64);
            e.Property(x => x.Division).HasMaxLength(12);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => x.SubjectKey).IsUnique();
        });
        model.Entity<MandateRow>(e =>
        {
            e.ToTable("identity_mandate");
            e.HasKey(x => x.Id);
            e.Property(x => x.Division).HasMaxLength(12);
            e.Property(x => x.Department).HasMaxLength(64);
            e.Property(x => x.Id).HasMaxLength(32);
            e.Property(x => x.Kind).HasMaxLength(32);
            e.Property(x => x.SubjectKey).HasMaxLength(64);
            e.Property(x => x.ForKey).HasMaxLength(64);
            e.Property(x => x.Basis).HasMaxLength(200);
            e.Property(x => x.StartsOn).HasMaxLength(10);
            e.Property(x => x.EndsOn).HasMaxLength(10);
            e.Property(x => x.RecordedBy).HasMaxLength(64);
            e.Property(x => x.RevokedBy).HasMaxLength(64);
            e.Property(x => x.RevokedReason).HasMaxLength(32);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => x.SubjectKey);
            e.HasIndex(x => x.ForKey);
        });
        model.Entity<AccountRow>(e =>
        {
            e.ToTable("identity_account");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(32);
            e.Property(x => x.Kind).HasMaxLength(16);
            e.Property(x => x.LoginKey).HasMaxLength(160);
            e.Property(x => x.Login).HasMaxLength(64);
            e.Property(x => x.PersonId).HasMaxLength(32);
            e.Property(x => x.Division).HasMaxLength(12);
            e.Property(x => x.Department).HasMaxLength(64);
            e.Property(x => x.Roles).HasMaxLength(160);
            e.Property(x => x.SubjectKey).HasMaxLength(64);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => x.LoginKey).IsUnique();
            e.HasIndex(x => x.PersonId);
            e.HasIndex(x => new { x.Kind, x.Login });
        });
        model.Entity<CodeRow>(e =>
        {
            e.ToTable("identity_code");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(32);
            e.Property(x => x.Purpose).HasMaxLength(16);
            e.Property(x => x.AccountId).HasMaxLength(32);
            e.Property(x => x.CodeIndex).HasMaxLength(64);
            e.Property(x => x.Target).HasMaxLength(64);
            e.HasIndex(x => x.ExpiresAt);
            e.HasIndex(x => new { x.Target, x.ExpiresAt });
        });
        model.Entity<LocalMessageRow>(e =>
        {
            e.ToTable("identity_local_message");
            e.HasKey(x => x.Id);
            e.Property(x => x.Department).HasMaxLength(64);
            e.Property(x => x.SubjectKey).HasMaxLength(64);
            e.Property(x => x.Id).HasMaxLength(32);
            e.Property(x => x.Division).HasMaxLength(12);
            e.Property(x => x.ToMasked).HasMaxLength(32);
        });
        model.Entity<SessionRow>(e =>
        {
            e.ToTable("identity_session");
            e.HasKey(x => x.Hash);
            e.Property(x => x.Hash).HasMaxLength(64);
            e.Property(x => x.PublicId).HasMaxLength(32);
            e.Property(x => x.AccountId).HasMaxLength(32);
            e.Property(x => x.Step).HasConversion<string>().HasMaxLength(16);
            e.Property(x => x.Role).HasConversion<string>().HasMaxLength(32);
            e.Property(x => x.MandateId).HasMaxLength(32);
            e.Property(x => x.Device).HasMaxLength(64);
            e.HasIndex(x => x.AccountId);
            e.HasIndex(x => x.MandateId);
            e.HasIndex(x => x.EndsAt);
        });
        model.Entity<ClientRow>(e =>
        {
            e.ToTable("identity_client");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(64);
            e.Property(x => x.NameZh).HasMaxLength(100);
            e.Property(x => x.NameEn).HasMaxLength(100);
            e.Property(x => x.SecretHash).HasMaxLength(64);
        });
        model.Entity<GrantRow>(e =>
        {
            e.ToTable("identity_grant");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(32);
            e.Property(x => x.CodeHash).HasMaxLength(64);
            e.Property(x => x.ClientId).HasMaxLength(64);
            e.Property(x => x.AccountId).HasMaxLength(32);
            e.Property(x => x.SessionHash).HasMaxLength(64);
            e.Property(x => x.Scope).HasMaxLength(200);
            e.Property(x => x.Nonce).HasMaxLength(512);
            e.Property(x => x.Challenge).HasMaxLength(64);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => x.CodeHash).IsUnique();
            e.HasIndex(x => x.CodeExpiresAt);
        });
        model.Entity<TokenRow>(e =>
        {
            e.ToTable("identity_token");
            e.HasKey(x => x.Hash);
            e.Property(x => x.Hash).HasMaxLength(64);
            e.Property(x => x.GrantId).HasMaxLength(32);
            e.Property(x => x.Kind).HasMaxLength(8);
            e.HasIndex(x => x.GrantId);
            e.HasIndex(x => x.ExpiresAt);
        });
    }
}
