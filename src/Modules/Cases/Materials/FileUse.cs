using Tongban.Kernel.Access;

namespace Tongban.Cases.Materials;

/// <summary>A draft, filing or case rests on a stored file: it is kept as long as there is one.</summary>
[NoRowRule("Hashes and opaque ids only; a file is handed out only through a draft, filing or case the actor may see.")]
sealed class FileUse
{
    public required string Hash { get; init; }

    public required string UserId { get; init; }
}
