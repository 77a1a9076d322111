using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Tongban.Items.Catalogue;

namespace Tongban.Items.Guide;

/// <summary>
/// A guide's answers as protected text in the address: the back button works, nothing is kept on the node, and nobody reads
/// or changes them on the way. Choices only, no personal data; a state that cannot be read simply starts the guide anew.
/// </summary>
sealed class GuideState(IDataProtectionProvider protection)
{
    /// <summary>Longer text was never made here.</summary>
    const int MaximumLength = 4_000;

    readonly IDataProtector protector = protection.CreateProtector("Tongban.Items.Guide.v1");

    public string Seal(string baseCode, IReadOnlyDictionary<string, string> answers)
    {
        var text = string.Join('\n', answers.Select(a => $"{a.Key}={a.Value}").Prepend(baseCode));
        return WebEncoders.Base64UrlEncode(protector.Protect(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>The answers; null when the text is damaged, of another node, or of another item.</summary>
    public Dictionary<string, string>? Open(string baseCode, string? state)
    {
        if (state is not { Length: > 0 and <= MaximumLength })
            return null;
        try
        {
            var lines = Encoding.UTF8.GetString(protector.Unprotect(WebEncoders.Base64UrlDecode(state))).Split('\n');
            return lines[0] == baseCode ? lines.Skip(1).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]) : null;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }

    /// <summary>
    /// Answers up to a question, in the order of the guide: changing one answer keeps those before it and asks on from there,
    /// with the later ones still offered as first choices.
    /// </summary>
    public static Dictionary<string, string> Before(IReadOnlyList<Question> questions, string questionId, IReadOnlyDictionary<string, string> answers) =>
        questions.TakeWhile(q => q.Id != questionId).Where(q => answers.ContainsKey(q.Id)).ToDictionary(q => q.Id, q => answers[q.Id]);
}
