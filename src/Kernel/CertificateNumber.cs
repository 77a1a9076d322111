namespace Tongban.Kernel;

/// <summary>
/// Identifier of an electronic certificate (GB/T 36904): root 1.2.156.3005.2, type code, issuer code, serial, three-digit
/// version, check character (ISO 7064 MOD 37,36 over the parts after the root, dots removed).
/// </summary>
public readonly record struct CertificateNumber(string TypeCode, string IssuerCode, string Serial, int Version)
{
    public const string Root = "1.2.156.3005.2";

    /// <summary>The project made the type codes of department 99 up; the national list has none such.</summary>
    const string SampleTypes = "11100099";

    const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    public override string ToString()
    {
        var version = Version.ToString("D3", System.Globalization.CultureInfo.InvariantCulture);
        return $"{Root}.{TypeCode}.{IssuerCode}.{Serial}.{version}.{Check(TypeCode + IssuerCode + Serial + version)}";
    }

    /// <summary>The type is a sample: pages say so.</summary>
    public static bool IsSample(string number) => number.StartsWith($"{Root}.{SampleTypes}", StringComparison.Ordinal);

    public static Result<CertificateNumber> Parse(string? input)
    {
        var text = input?.Trim().ToUpperInvariant() ?? "";
        if (!text.StartsWith(Root + ".", StringComparison.Ordinal))
            return Wrong("certificate-id.root", $"证照标识应以 {Root} 开头", $"A certificate id begins with {Root}");
        var parts = text[(Root.Length + 1)..].Split('.');
        if (parts.Length != 5)
            return Wrong("certificate-id.parts", "证照标识的根之后应有 5 段", "A certificate id has five parts after its root");
        if (parts.Any(p => p.Length is 0 or > 64 || p.Any(c => !Alphabet.Contains(c))))
            return Wrong("certificate-id.character", "证照标识只能含数字和大写字母", "A certificate id holds digits and capital letters only");
        if (parts[3].Length != 3 || !int.TryParse(parts[3], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var version))
            return Wrong("certificate-id.version", "证照标识的版本应为 3 位数字", "The version of a certificate id is three digits");
        if (parts[4].Length != 1 || parts[4][0] != Check(parts[0] + parts[1] + parts[2] + parts[3]))
            return Wrong("certificate-id.check", "证照标识的校验位不对，可能有一位输错", "The check character does not match: one character is probably mistyped");
        return new CertificateNumber(parts[0], parts[1], parts[2], version);

        static Error Wrong(string code, string detail, string detailEn) =>
            Error.Invalid(code, detail, detailEn, "certificateId", "请对照证照核对后重新输入", "Compare it with the certificate and enter it again");
    }

    /// <summary>ISO 7064 MOD 37,36.</summary>
    public static char Check(string characters)
    {
        var product = 36;
        foreach (var c in characters)
        {
            var sum = (product + Alphabet.IndexOf(c)) % 36;
            product = (sum == 0 ? 36 : sum) * 2 % 37;
        }
        return Alphabet[(37 - product) % 36];
    }
}
