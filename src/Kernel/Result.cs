namespace Tongban.Kernel;

/// <summary>The kinds of failure a caller can act on. Everything else is a bug or broken infrastructure and is thrown.</summary>
public enum ErrorKind
{
    /// <summary>What was sent is wrong; sending it again unchanged will fail again (400).</summary>
    Invalid,

    /// <summary>It does not exist, or the caller may not know whether it does (404).</summary>
    NotFound,

    /// <summary>The caller is known and may not do this (403).</summary>
    Forbidden,

    /// <summary>Somebody else changed it first, or it is not in a state that allows this (409).</summary>
    Conflict,

    /// <summary>A part this needs does not answer now; the same request may succeed later (503).</summary>
    Unavailable,

    /// <summary>Understood, but this node does not do it (422).</summary>
    Unsupported,
}

/// <summary>A page to go to, by its local address and its name.</summary>
public sealed record PageLink(string Href, Words Name);

/// <summary>One thing that went wrong: what, where, and what to do about it. Never holds personal data.</summary>
/// <param name="Code">Stable, dotted, lower-case name, such as <c>agreement.field-not-covered</c>; part of the API.</param>
/// <param name="Detail">What was wrong, in Chinese, for the person who reads it.</param>
/// <param name="DetailEn">The same in English.</param>
/// <param name="Where">The field, header or element it concerns, or null when it concerns the whole request.</param>
/// <param name="Todo">What to do next, in Chinese; null when there is nothing to do.</param>
/// <param name="TodoEn">The same in English.</param>
public sealed record Error(
    ErrorKind Kind,
    string Code,
    string Detail,
    string DetailEn,
    string? Where = null,
    string? Todo = null,
    string? TodoEn = null)
{
    /// <summary>More than one thing wrong at once, such as several fields of a form.</summary>
    public IReadOnlyList<Error> Also { get; init; } = [];

    /// <summary>The page where that can be done; null when there is none in particular. Local, and without personal data.</summary>
    public PageLink? See { get; init; }

    /// <summary>What to do next: as stated, or what is true of every failure of its kind. Nobody is left without.</summary>
    public Words Next => Todo is not null ? new(Todo, TodoEn ?? Todo) : Kind switch
    {
        ErrorKind.Invalid => new("请按上面所说改正后再提交", "Put right what is said above and send it again"),
        ErrorKind.NotFound => new("请核对编号或网址，或从列表里重新打开", "Check the number or the address, or open it again from its list"),
        ErrorKind.Forbidden => new("请换用有权限的身份；如认为有误，请联系本单位管理员", "Use an identity that may; if you think this is wrong, ask your administrator"),
        ErrorKind.Conflict => new("请刷新页面，看清现在的情况再决定", "Reload the page and look at how things stand now"),
        ErrorKind.Unavailable => new("请稍后再试；如果还不行，请致电 12345", "Try again later; if it still fails call 12345"),
        _ => new("本系统不办理这种请求，请换一种方式或咨询窗口", "This system does not do it; try another way, or ask at a window"),
    };

    public static Error Invalid(string code, string detail, string detailEn, string? where = null, string? todo = null, string? todoEn = null) =>
        new(ErrorKind.Invalid, code, detail, detailEn, where, todo, todoEn);

    public static Error NotFound(string code, string detail, string detailEn) =>
        new(ErrorKind.NotFound, code, detail, detailEn);

    public static Error Forbidden(string code, string detail, string detailEn, string? todo = null, string? todoEn = null) =>
        new(ErrorKind.Forbidden, code, detail, detailEn, null, todo, todoEn);

    public static Error Conflict(string code, string detail, string detailEn, string? todo = null, string? todoEn = null) =>
        new(ErrorKind.Conflict, code, detail, detailEn, null, todo, todoEn);

    public static Error Unavailable(string code, string detail, string detailEn, string? todo = null, string? todoEn = null) =>
        new(ErrorKind.Unavailable, code, detail, detailEn, null, todo, todoEn);

    public static Error Unsupported(string code, string detail, string detailEn, string? where = null) =>
        new(ErrorKind.Unsupported, code, detail, detailEn, where);
}

/// <summary>A value, or the error that stood in its way.</summary>
public readonly record struct Result<T>
{
    readonly T? value;

    Result(T? value, Error? error) => (this.value, Error) = (value, error);

    public Error? Error { get; }

    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(false, nameof(Error))]
    public bool Ok => Error is null;

    /// <summary>The value. Asking for it when there is none is a bug.</summary>
    public T Value => Error is null ? value! : throw new InvalidOperationException($"No value: {Error.Code}: {Error.DetailEn}");

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Error error) => new(default, error);

    public Result<TNext> Then<TNext>(Func<T, Result<TNext>> next) => Error is null ? next(value!) : Error;

    public Result<TNext> Map<TNext>(Func<T, TNext> next) => Error is null ? next(value!) : Error;
}

/// <summary>The value of a step that succeeds with nothing to hand on.</summary>
public readonly record struct Done
{
    public static readonly Done It = default;
}
