using System.Collections.Concurrent;
using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>
/// Sends queries to other nodes. A query that finds the way free goes at once, alone. While a few to the same resource are under way,
/// those that come wait for the next to return and go together in one signed message, as a group commit gathers transactions; none waits
/// longer than <see cref="LongestWait"/> for company.
/// </summary>
sealed class GatherQueries(PeerClient peers, ExchangeOptions options, TimeProvider clock)
{
    static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(20);

    readonly TimeProvider clock = clock;
    readonly ExchangeOptions options = options;

    readonly ConcurrentDictionary<(string Provider, string Resource), Lane> lanes = [];

    /// <summary>The answer's bytes, or why there is none.</summary>
    public async Task<Result<ReadOnlyMemory<byte>>> Ask(string provider, string resource, byte[] query, CancellationToken ct)
    {
        var waiting = new Waiting(query);
        lanes.GetOrAdd((provider, resource), key => new Lane(this, key.Provider)).Add(waiting);
        try
        {
            return await waiting.Answer.WaitAsync(options.PeerTimeout, clock, ct);
        }
        catch (TimeoutException)
        {
            return peers.Unreachable(provider);
        }
        finally
        {
            waiting.Leave();
        }
    }

    async Task Send(string provider, List<Waiting> together)
    {
        try
        {
            if (together is [var alone])
            {
                var sent = await peers.Send(provider, HttpMethod.Post, "/peer/query", alone.Query, CancellationToken.None);
                alone.Set(sent.Ok ? new ReadOnlyMemory<byte>(sent.Value.Body) : sent.Error);
                return;
            }
            var all = await peers.Send(provider, HttpMethod.Post, "/peer/queries", QueriesMessage.Write([.. together.Select(w => w.Query)]), CancellationToken.None);
            var answers = all.Ok ? AnswersMessage.Parse(all.Value.Body, together.Count) : null;
            for (var i = 0; i < together.Count; i++)
                together[i].Set(answers is not null ? answers[i] : all.Ok ? QueryAnswer.Malformed : all.Error);
        }
        catch (Exception e)
        {
            // Whoever asked hears of it; nobody else waits for this task.
            together.ForEach(w => w.Fail(e));
        }
    }

    sealed class Waiting(byte[] query)
    {
        readonly TaskCompletionSource<Result<ReadOnlyMemory<byte>>> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public byte[] Query => query;

        public Task<Result<ReadOnlyMemory<byte>>> Answer => answer.Task;

        public void Set(Result<ReadOnlyMemory<byte>> result) => answer.TrySetResult(result);

        /// <summary>Nobody waits any more: what was not sent yet is not sent.</summary>
        public void Leave() => answer.TrySetCanceled();

        public bool Left => answer.Task.IsCompleted;

        public void Fail(Exception e) => answer.TrySetException(e);
    }

    /// <summary>What is under way to one resource of one node, and what waits.</summary>
    sealed class Lane
    {
        /// <summary>Two, so that one is on its way back while the next is on its way out.</summary>
        const int AtOnce = 2;
        const int LargestMessage = 1024 * 1024;

        readonly GatherQueries all;
        readonly string provider;
        readonly Lock gate = new();
        readonly Queue<Waiting> waiting = new();
        readonly ITimer overdue;
        int underWay;

        public Lane(GatherQueries all, string provider)
        {
            (this.all, this.provider) = (all, provider);
            overdue = all.clock.CreateTimer(_ => Go(returned: false, whatever: true), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        bool Free => underWay < AtOnce || all.options.QueriesTogether == 1;

        public void Add(Waiting one)
        {
            lock (gate)
            {
                waiting.Enqueue(one);
                if (!Free)
                {
                    if (waiting.Count == 1)
                        overdue.Change(LongestWait, Timeout.InfiniteTimeSpan);
                    return;
                }
            }
            Go(returned: false, whatever: false);
        }

        void Go(bool returned, bool whatever)
        {
            List<Waiting> together = [];
            lock (gate)
            {
                if (returned)
                    underWay--;
                if (waiting.Count == 0 || (!Free && !whatever))
                    return;
                var size = 0;
                while (together.Count < Math.Min(all.options.QueriesTogether, QueriesMessage.Most) && size < LargestMessage && waiting.TryDequeue(out var one))
                {
                    if (one.Left)
                        continue;
                    together.Add(one);
                    size += one.Query.Length;
                }
                if (together.Count == 0)
                    return;
                underWay++;
                overdue.Change(waiting.Count > 0 ? LongestWait : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
            _ = Run(together);
        }

        async Task Run(List<Waiting> together)
        {
            await all.Send(provider, together);
            Go(returned: true, whatever: false);
        }
    }
}
