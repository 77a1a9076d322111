namespace Tongban.Kernel;

/// <summary>A node lacks what it stands on and does not start; the error says what, where and what to do.</summary>
public sealed class NodeUnfitException(Error error) : Exception($"{error.Detail} / {error.DetailEn} [{error.Code}]")
{
    public Error Error => error;
}
