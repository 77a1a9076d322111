using Tongban.Kernel;

namespace Tongban.Trust;

/// <summary>What a signature covers and states (RFC 9421, section 2.3). Times are Unix seconds.</summary>
public sealed record SignatureParameters(string Label, IReadOnlyList<Component> Components)
{
    public long? Created { get; init; }

    public long? Expires { get; init; }

    public string? Nonce { get; init; }

    public string? KeyId { get; init; }

    public string? Algorithm { get; init; }

    public string? Tag { get; init; }

    internal FieldInnerList ToField()
    {
        var parameters = new FieldParameters();
        if (Created is { } created)
            parameters.Add("created", FieldValue.Integer(created));
        if (Expires is { } expires)
            parameters.Add("expires", FieldValue.Integer(expires));
        if (Nonce is { } nonce)
            parameters.Add("nonce", FieldValue.String(nonce));
        if (Algorithm is { } algorithm)
            parameters.Add("alg", FieldValue.String(algorithm));
        if (KeyId is { } keyId)
            parameters.Add("keyid", FieldValue.String(keyId));
        if (Tag is { } tag)
            parameters.Add("tag", FieldValue.String(tag));
        return new([.. Components.Select(component => component.Item)], parameters);
    }

    /// <summary>Null when the member is not an inner list of component identifiers, repeats one, or a parameter has the wrong type.</summary>
    internal static SignatureParameters? From(string label, FieldMember member)
    {
        if (member is not FieldInnerList inner)
            return null;
        var components = new List<Component>(inner.Items.Count);
        foreach (var item in inner.Items)
        {
            if (Component.From(item) is not { Name: not "@signature-params" } component)
                return null;
            foreach (var earlier in components)
            {
                if (earlier.Canonical == component.Canonical)
                    return null;
            }
            components.Add(component);
        }
        foreach (var (key, value) in inner.Parameters)
        {
            var fits = key switch
            {
                "created" or "expires" => value.Type == FieldType.Integer,
                "nonce" or "alg" or "keyid" or "tag" => value.Type == FieldType.String,
                _ => true,
            };
            if (!fits)
                return null;
        }
        return new(label, components)
        {
            Created = inner.Parameters["created"]?.AsInteger,
            Expires = inner.Parameters["expires"]?.AsInteger,
            Nonce = inner.Parameters["nonce"]?.AsText,
            Algorithm = inner.Parameters["alg"]?.AsText,
            KeyId = inner.Parameters["keyid"]?.AsText,
            Tag = inner.Parameters["tag"]?.AsText,
        };
    }

    internal bool Covers(string canonical)
    {
        for (var i = 0; i < Components.Count; i++)
        {
            if (Components[i].Canonical == canonical)
                return true;
        }
        return false;
    }
}
