using Microsoft.AspNetCore.Http;
using Tongban.Kernel;

namespace Tongban.Web;

/// <summary>What a form knows of its last attempt: what was wrong, and what was entered. Fields read it by their name.</summary>
public sealed record FormState(Error? Error, IFormCollection? Entered)
{
    public IEnumerable<Error> Errors => Error is null ? [] : Error.Also.Count > 0 ? Error.Also : [Error];

    /// <summary>What is wrong with a field, in the page's language; null when nothing is.</summary>
    public string? WrongWith(string field, bool english) =>
        Errors.FirstOrDefault(e => e.Where == field) is { } error ? Words(error, english) : null;

    internal static string Words(Error error, bool english)
    {
        var todo = english ? error.TodoEn : error.Todo;
        return (english ? error.DetailEn : error.Detail) + (todo is null ? "" : english ? $". {todo}" : $"，{todo}");
    }
}
