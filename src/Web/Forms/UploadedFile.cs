namespace Tongban.Web;

public sealed record UploadedFile(string Name, long Bytes);
