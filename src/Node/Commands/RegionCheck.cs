using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Tongban.Kernel;

namespace Tongban.Node.Commands;

/// <summary>What can be wrong with where and how a sample region is asked for, found before anything is deleted or made.</summary>
static class RegionCheck
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Null when it may go on.</summary>
    public static Error? Of(string root, int port, int people, IReadOnlyList<NodeSettings> nodes, bool fresh)
    {
        var last = nodes.Max(PortOf) - port;
        if (port < 1 || port + last > IPEndPoint.MaxPort)
            return Error.Invalid("region.port", $"--port 应在 1 到 {IPEndPoint.MaxPort - last} 之间", $"--port is to be from 1 to {IPEndPoint.MaxPort - last}", "--port");
        if (people < 1)
            return Error.Invalid("region.people", "--people 应至少为 1", "--people is to be at least 1", "--people");
        if (File.Exists(root))
            return Folder(root, "它是一个文件", "it is a file");
        if (fresh && Directory.Exists(root) && !IsRegion(root))
        {
            return Error.Conflict("region.not-a-region", $"{root} 里有不属于示范区域的文件，没有删除", $"{root} holds other things than a sample region; nothing was deleted",
                "请核对 --folder，或自行清空该文件夹", "Check --folder, or empty the folder yourself");
        }
        return nodes.Select(PortOf).FirstOrDefault(p => !IsFree(p)) is > 0 and var taken ? Taken(taken) : null;
    }

    /// <summary>Read from the text: a number that is no port is no address either.</summary>
    static int PortOf(NodeSettings node) => int.Parse(node.Listen[(node.Listen.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);

    static Error Taken(int port) => Error.Conflict("region.port", $"端口 {port} 已被占用", $"Port {port} is taken",
        "请停止占用端口的程序，或用 --port 另选", "Stop the program that has it, or choose another with --port");

    public static Error Folder(string root, string why, string whyEn) => Error.Invalid("region.folder", $"不能用 {root}：{why}", $"{root} cannot be used: {whyEn}",
        "--folder", "请用 --folder 另选一个可写的文件夹", "Choose a folder that can be written with --folder");

    /// <summary>Whether all that lies in a folder is the region's nodes: nothing else is deleted, whatever folder was named by a slip.</summary>
    static bool IsRegion(string root) =>
        Directory.EnumerateFileSystemEntries(root).All(entry => Directory.Exists(entry) && Region.Nodes(root, withCompany: true).Any(n => Path.GetFullPath(n.Folder) == entry));

    /// <summary>Nodes of a region that was stopped a moment ago are given the time to go.</summary>
    static bool IsFree(int port)
    {
        for (var wait = Stopwatch.StartNew(); ; Thread.Sleep(100))
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return true;
            }
            catch (SocketException) when (wait.Elapsed < Patience)
            {
                // Looked at again.
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }
}
