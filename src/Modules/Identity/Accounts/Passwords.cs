using System.Buffers.Text;
using System.Security.Cryptography;
using Tongban.Kernel;

namespace Tongban.Identity.Accounts;

/// <summary>
/// Password hashes, <c>pbkdf2-sha256${rounds}${salt}${hash}</c>. At most as many are computed at once as the machine has
/// cores, so that a flood of sign-ins cannot starve the rest of the node.
/// </summary>
sealed class Passwords(IdentityOptions options)
{
    const int SaltLength = 16;
    const int HashLength = 32;

    readonly SemaphoreSlim turns = new(Environment.ProcessorCount);
    readonly string nobodys = Make(Secrets.New(), options.PasswordIterations);

    public async Task<string> Hash(string password, CancellationToken ct)
    {
        await turns.WaitAsync(ct);
        try
        {
            return await Task.Run(() => Make(password, options.PasswordIterations), ct);
        }
        finally
        {
            turns.Release();
        }
    }

    /// <summary>
    /// Whether the password fits. Without a stored hash (no such account, or one without a password) the same work is
    /// done against nobody's hash, so that time does not tell whether an account exists.
    /// </summary>
    public async Task<bool> Fits(string password, string? stored, CancellationToken ct)
    {
        var against = string.IsNullOrEmpty(stored) ? nobodys : stored;
        await turns.WaitAsync(ct);
        try
        {
            return await Task.Run(() => Check(password, against), ct) && !string.IsNullOrEmpty(stored);
        }
        finally
        {
            turns.Release();
        }
    }

    public bool IsWeakerThanNow(string stored) => Rounds(stored) < options.PasswordIterations;

    static string Make(string password, int rounds)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        var hash = Rfc2898DeriveBytes.Pbkdf2(password, salt, rounds, HashAlgorithmName.SHA256, HashLength);
        return $"pbkdf2-sha256${rounds}${Base64Url.EncodeToString(salt)}${Base64Url.EncodeToString(hash)}";
    }

    static bool Check(string password, string stored)
    {
        var parts = stored.Split('$');
        var hash = Rfc2898DeriveBytes.Pbkdf2(password, Base64Url.DecodeFromChars(parts[2]), Rounds(stored), HashAlgorithmName.SHA256, HashLength);
        return CryptographicOperations.FixedTimeEquals(hash, Base64Url.DecodeFromChars(parts[3]));
    }

    static int Rounds(string stored) => int.Parse(stored.Split('$')[1], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Length before complexity (NIST SP 800-63B 5.1.1.2), and nothing that is guessed first.</summary>
    public static Result<Done> Acceptable(string password, params ReadOnlySpan<string> known)
    {
        if (password.Length < 10)
            return Wrong("password.short", $"密码至少 10 位，现为 {password.Length} 位", $"A password has at least 10 characters; this one has {password.Length}");
        if (password.Length > 128)
            return Wrong("password.long", "密码最多 128 位", "A password has at most 128 characters");
        if (password.Distinct().Count() < 5)
            return Wrong("password.simple", "密码中不同的字符太少", "The password uses too few different characters");
        if (IsRun(password))
            return Wrong("password.simple", "密码是连续的数字或字母", "The password is a run of neighbouring characters");
        foreach (var word in known)
        {
            if (word.Length >= 6 && password.Contains(word, StringComparison.OrdinalIgnoreCase))
                return Wrong("password.known", "密码中含有账号、手机号或身份证号", "The password contains the account, phone or citizen number");
        }
        return Done.It;

        static Error Wrong(string code, string zh, string en) =>
            Error.Invalid(code, zh, en, "password", "例如用几个不相关的词连成一句", "Several unrelated words make a good one");
    }

    static bool IsRun(string password)
    {
        for (var i = 1; i < password.Length; i++)
        {
            if (Math.Abs(password[i] - password[i - 1]) > 1 && !(password[i - 1] == '9' && password[i] == '0'))
                return false;
        }
        return true;
    }

    /// <summary>For somebody else to hand on: four groups of four, without characters that are read wrongly.</summary>
    public static string OneTime() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 4)));
}
