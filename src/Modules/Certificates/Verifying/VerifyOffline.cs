using Tongban.Contracts.Exchange;
using Tongban.Kernel;

namespace Tongban.Certificates;

/// <summary>Verifies a certificate from files alone; what the CLI prints, line by line.</summary>
static class VerifyOffline
{
    /// <param name="issuers">Address of each issuer to its public keys, from a verified directory.</param>
    /// <param name="statusList">A status list token saved earlier; null leaves the status unknown and says so.</param>
    public static (bool Holds, IReadOnlyList<string> Findings) Verify(string token, IReadOnlyDictionary<string, IReadOnlyList<DocumentKey>> issuers, string? statusList, DateTimeOffset now)
    {
        var findings = new List<string>();
        token = token.Trim();
        var issuer = SdJwtToken.Peek(token)?["iss"]?.ToString() ?? "";
        if (issuer.Length == 0)
            return Fail("✗ this cannot be read as a certificate / 这不是一张电子证照 [certificate.malformed]");
        if (!issuers.TryGetValue(issuer, out var jwks))
            return Fail($"✗ issuer {issuer} is not in the directory / 颁发者不在成员目录中 [certificate.issuer]");
        findings.Add($"✓ issuer {issuer} is in the directory / 颁发者在成员目录中");
        var keys = new IssuerKeys(jwks);
        var verified = SdJwtToken.Verify(token, keys.Find, null);
        if (!verified.Ok)
            return Fail($"✗ {verified.Error.DetailEn} / {verified.Error.Detail} [{verified.Error.Code}]");
        if (keys.Judge(verified.Value.Key, verified.Value.Payload) is { } ended)
            return Fail($"✗ {ended.DetailEn} / {ended.Detail} [{ended.Code}]");
        findings.Add($"✓ signed by {verified.Value.Key} / 签名有效");
        var read = CheckCertificate.Read(verified.Value, issuer, now);
        if (!read.Ok)
            return Fail($"✗ {read.Error.DetailEn} / {read.Error.Detail} [{read.Error.Code}]");
        var check = read.Value;
        findings.Add($"  {check.Name.Zh} / {check.Name.En} {check.CertificateId}");
        findings.Add("✓ certificate id: check character holds (GB/T 36904) / 证照标识校验位正确");
        findings.Add(check.Expired ? "✗ it has expired / 已过有效期" : "✓ in force / 在有效期内");
        if (verified.Value.KeyBound)
            findings.Add("✓ presented with the holder's key / 由持有人密钥出示");
        foreach (var claim in check.Claims)
            findings.Add($"  {claim.Label.Zh} / {claim.Label.En}: {(claim.Text.Zh == claim.Text.En ? claim.Text.Zh : $"{claim.Text.Zh} / {claim.Text.En}")}");
        var revoked = false;
        if (statusList is null)
        {
            findings.Add("? status unknown: offline, no status list given / 未提供状态列表，未查是否注销");
        }
        else
        {
            if (CheckCertificate.StatusOf(verified.Value.Payload, issuer) is not { } place)
                return Fail("✗ it states no status that can be looked up / 证照没有可查的状态 [certificate.no-status]");
            var status = StatusList.IsRevoked(statusList, place.Uri, place.Index, keys, now);
            if (!status.Ok)
                return Fail($"✗ {status.Error.DetailEn} / {status.Error.Detail} [{status.Error.Code}]");
            revoked = status.Value;
            findings.Add(revoked ? "✗ revoked / 已注销" : "✓ not revoked / 未注销");
        }
        return (!check.Expired && !revoked, findings);

        (bool, IReadOnlyList<string>) Fail(string finding)
        {
            findings.Add(finding);
            return (false, findings);
        }
    }
}
