using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Tongban.Identity;

static class FormDate
{
    /// <summary>A date field's <c>yyyy-MM-dd</c>; null when it is something else.</summary>
    public static DateOnly? Read(IFormCollection form, string name) =>
        DateOnly.TryParseExact(form[name].ToString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    public static DateOnly Stored(string iso) => DateOnly.ParseExact(iso, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
