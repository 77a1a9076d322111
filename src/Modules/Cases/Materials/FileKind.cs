using Tongban.Kernel;

namespace Tongban.Cases.Materials;

/// <summary>The kinds of file taken, told by their first bytes; a name is only ever checked against them.</summary>
sealed record FileKind(string MediaType, string Word, IReadOnlyList<string> Extensions)
{
    public static readonly FileKind Pdf = new("application/pdf", "PDF", [".pdf"]);
    public static readonly FileKind Jpeg = new("image/jpeg", "JPEG", [".jpg", ".jpeg"]);
    public static readonly FileKind Png = new("image/png", "PNG", [".png"]);

    /// <summary>What a file chooser is told.</summary>
    public const string Accept = ".pdf,.jpg,.jpeg,.png";

    public static Result<FileKind> Of(ReadOnlySpan<byte> content, string name)
    {
        if (content.Length == 0)
        {
            return Error.Invalid("file.empty", "文件是空的", "The file is empty", "file", "请重新选择文件", "Choose the file again");
        }
        if (Tell(content) is not { } kind)
        {
            return Error.Invalid("file.kind", "文件不是 PDF、JPEG 或 PNG", "The file is not a PDF, JPEG or PNG", "file",
                "请把材料扫描或拍照后上传，或另存为 PDF", "Scan or photograph the document, or save it as PDF");
        }
        var extension = Path.GetExtension(name).ToLowerInvariant();
        if (!kind.Extensions.Contains(extension))
        {
            return Error.Invalid("file.name-lies", $"文件名以“{extension}”结尾，内容却是 {kind.Word}", $"The name ends in '{extension}' but the content is {kind.Word}", "file",
                $"请确认选对了文件，并把扩展名改为 {kind.Extensions[0]}", $"Check that it is the right file and rename it to end in {kind.Extensions[0]}");
        }
        return kind;
    }

    static FileKind? Tell(ReadOnlySpan<byte> content)
    {
        if (content.StartsWith("%PDF-"u8))
            return Pdf;
        if (content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return Jpeg;
        if (content.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            return Png;
        return null;
    }
}
