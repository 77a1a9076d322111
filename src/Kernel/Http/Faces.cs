using Microsoft.AspNetCore.Routing;

namespace Tongban.Kernel.Http;

/// <summary>The faces of a node, each a group of routes whose prefix and sign-in the node decides. Modules map into them.</summary>
/// <param name="Portal">Residents and enterprises; prefix "".</param>
/// <param name="Console">Staff; <c>/console</c>.</param>
/// <param name="Hub">The region's own pages, on the hub only; <c>/hub</c>.</param>
/// <param name="Api">JSON for local callers; <c>/api</c>.</param>
/// <param name="Peer">Other nodes; <c>/peer</c>. The signature was verified and the actor is the sending node.</param>
public sealed record Faces(RouteGroupBuilder Portal, RouteGroupBuilder Console, RouteGroupBuilder Hub, RouteGroupBuilder Api, RouteGroupBuilder Peer);
