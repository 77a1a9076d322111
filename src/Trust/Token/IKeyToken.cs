using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>
/// A device that keeps private keys and signs with them; they never enter this process. The implementation is PKCS #11; where there is
/// none, keys lie in the keystore's file. Safe for concurrent use.
/// </summary>
public interface IKeyToken
{
    /// <summary>Whether it makes and uses keys of this suite.</summary>
    bool Makes(ISignatureSuite suite);

    /// <summary>Makes a key that cannot be taken out. A device that fails is broken infrastructure: throws.</summary>
    NodeKey Generate(string label, ISignatureSuite suite);

    /// <summary>The key that was made under this label. Fails with <c>token.key-missing</c>.</summary>
    Result<NodeKey> Find(string label, Jwk @public);
}

/// <summary>Signs with a key that is elsewhere.</summary>
interface ISigner
{
    void Sign(ReadOnlySpan<byte> data, Span<byte> signature);
}
