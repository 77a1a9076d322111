namespace Tongban.Certificates;

/// <summary>The <c>vct</c> of a certificate's token: the type code of GB/T 36904, as a URN.</summary>
static class CertificateType
{
    const string Space = "urn:tongban:certificate:";

    public static string Of(string typeCode) => Space + typeCode;
}
