using System.Net;
using System.Net.Sockets;

namespace Tongban.Tests.Support;

/// <summary>
/// Ports for nodes that stop and start again. They lie below the range from which the system gives ports to outgoing connections: a
/// port from there may be somebody's when its node comes back.
/// </summary>
public static class Ports
{
    const int First = 30_000;
    const int Last = 32_700;

    static int next = Random.Shared.Next(First, Last);

    public static int[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => Take())];

    public static int Take()
    {
        for (var tries = 0; tries < Last - First; tries++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref next) % (Last - First));
            if (IsFree(port))
                return port;
        }
        throw new InvalidOperationException("No free port was found.");
    }

    static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
