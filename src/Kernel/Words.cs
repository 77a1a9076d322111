namespace Tongban.Kernel;

/// <summary>A text in the two languages of the pages.</summary>
public sealed record Words(string Zh, string En)
{
    public string In(bool english) => english ? En : Zh;
}
