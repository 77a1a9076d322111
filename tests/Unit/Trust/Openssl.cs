using System.Diagnostics;
using System.Formats.Asn1;
using System.Numerics;

namespace Tongban.Tests.Unit.Trust;

/// <summary>The command openssl, as the other party.</summary>
static class Openssl
{
    public static bool IsThere { get; } = Run("version");

    public const string Absent = "The command openssl is not installed (./test does).";

    public static bool Run(string arguments) => Read(arguments) is not null;

    /// <summary>What it printed; null when it failed.</summary>
    public static string? Read(string arguments)
    {
        try
        {
            using var openssl = Process.Start(new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = openssl.StandardError.ReadToEndAsync();
            var said = openssl.StandardOutput.ReadToEnd();
            openssl.WaitForExit();
            error.GetAwaiter().GetResult();
            return openssl.ExitCode == 0 ? said : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>r‖s of a signature in DER.</summary>
    public static byte[] Fixed(byte[] der)
    {
        var read = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        return [.. Fixed(read.ReadInteger()), .. Fixed(read.ReadInteger())];
    }

    public static byte[] Der(byte[] signature)
    {
        var der = new AsnWriter(AsnEncodingRules.DER);
        using (der.PushSequence())
        {
            der.WriteInteger(new BigInteger(signature.AsSpan(0, 32), isUnsigned: true, isBigEndian: true));
            der.WriteInteger(new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true));
        }
        return der.Encode();
    }

    static byte[] Fixed(BigInteger number)
    {
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }
}
