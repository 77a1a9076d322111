using System.Collections.Concurrent;
using Tongban.Kernel;
using Tongban.Trust;

namespace Tongban.Exchange;

/// <summary>An answer that is to the question asked, and what the log is to hold of it.</summary>
sealed record Answer(QueryAnswer Given, LogEntry Entry);

/// <summary>An answer that the log holds: it may be handed on.</summary>
/// <param name="OnTheWay">Microseconds of the message that carried it; negative when not known.</param>
sealed record Obtained(QueryAnswer Given, LogPosition Logged, long OnTheWay = -1);

/// <summary>
/// Sends queries to other nodes. A query that finds the way free goes at once, alone. While a few to the same resource are under way,
/// those that come wait for the next to return and go together in one signed message, as a group commit gathers transactions, in even shares;
/// none waits longer than <see cref="LongestWait"/> for company. One whose answer is too large to come with the others is asked again alone. What comes back together is logged in one group before anybody is told.
/// </summary>
sealed class GatherQueries(PeerClient peers, OpenSeals seals, FollowDirectory follow, RegionDirectory directory, TransparencyLog log, ExchangeOptions options, TimeProvider clock)
{
    static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(20);

    /// <summary>Whoever was answered usually asks again at once: for so long the next message waits for them.</summary>
    static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(3);

    /// <summary>So many messages to one resource, so that one is at work while another is on its way.</summary>
    public const int AtOnce = 2;

    readonly TimeProvider clock = clock;
    readonly ExchangeOptions options = options;

    readonly ConcurrentDictionary<(string Provider, string Resource), Lane> lanes = [];

    /// <param name="body">The query as it is sent.</param>
    /// <param name="judge">Whether it is an answer to this query, and what is logged of it.</param>
    public async Task<Result<Obtained>> Ask(string provider, QueryMessage query, byte[] body, Func<QueryAnswer, Result<Answer>> judge, CancellationToken ct)
    {
        var waiting = new Waiting(query, body, judge);
        lanes.GetOrAdd((provider, query.Resource), key => new Lane(this, key.Provider)).Add(waiting);
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
            if (options.TakesSeals && seals.Seals(provider))
            {
                await SendForSeal(provider, together);
                return;
            }
            if (together is [var alone])
            {
                var sent = await peers.Send(provider, HttpMethod.Post, "/peer/query", alone.Body, CancellationToken.None);
                await Tell(provider, together, [sent.Then(answer => QueryAnswer.Parse(answer.Body))], sent.Ok ? sent.Value.OnTheWay : -1);
                return;
            }
            var all = await peers.Send(provider, HttpMethod.Post, "/peer/queries", QueriesMessage.Write([.. together.Select(w => w.Body)]), CancellationToken.None);
            await TellSigned(provider, together, all);
        }
        catch (Exception e)
        {
            // Whoever asked hears of it; nobody else waits for this task.
            together.ForEach(w => w.Fail(e));
        }
    }

    async Task SendForSeal(string provider, List<Waiting> together)
    {
        var sent = await peers.Send(provider, HttpMethod.Post, "/peer/sealed", QueriesMessage.Write([.. together.Select(w => w.Body)]), CancellationToken.None, orSealed: true);
        if (sent is not { Ok: true, Value.IsUnsigned: true })
        {
            await TellSigned(provider, together, sent);
            return;
        }
        var under = directory.Trusted.Hash;
        var opened = seals.Open(provider, sent.Value.Body, [.. together.Select(w => (w.Query, w.Body))]);
        // The provider may know tomorrow's directory already, as after the end of an epoch of its log.
        if (!opened.Ok && await follow.HasNewer(under, CancellationToken.None))
            opened = seals.Open(provider, sent.Value.Body, [.. together.Select(w => (w.Query, w.Body))]);
        if (opened.Ok)
            await Tell(provider, together, [.. opened.Value.Select(answer => (Result<QueryAnswer>)answer)], sent.Value.OnTheWay);
        else
            together.ForEach(w => w.Set(opened.Error));
    }

    async Task TellSigned(string provider, List<Waiting> together, Result<PeerAnswer> all)
    {
        if (all.Ok && AnswersMessage.Parse(all.Value.Body, together.Count) is { } answers)
            await Tell(provider, together, [.. answers.Select(answer => answer.Then(QueryAnswer.Parse))], all.Value.OnTheWay);
        else
            together.ForEach(w => w.Set(all.Error ?? QueryAnswer.Malformed));
    }

    async Task Tell(string provider, List<Waiting> together, List<Result<QueryAnswer>> given, long onTheWay)
    {
        var (obtained, alone) = (new List<(Waiting By, Answer Answer)>(together.Count), new List<Waiting>());
        for (var i = 0; i < together.Count; i++)
        {
            // What nobody waits for any more is handed to nobody.
            if (together[i].Left)
                continue;
            if (together.Count > 1 && given[i].Error?.Code == AnswerQuery.AskAlone.Code)
            {
                alone.Add(together[i]);
                continue;
            }
            var answer = given[i].Then(together[i].Judge);
            if (answer.Ok)
                obtained.Add((together[i], answer.Value));
            else
                together[i].Set(answer.Error);
        }
        var logged = await log.Append([.. obtained.Select(o => o.Answer.Entry)]);
        for (var i = 0; i < logged.Length; i++)
        {
            var (by, answer) = obtained[i];
            by.Set(logged[i].Map(position => new Obtained(answer.Given, position, onTheWay)));
        }
        // What was too large beside the others: one after another, for each fills a message.
        foreach (var one in alone.Where(one => !one.Left))
            await Send(provider, [one]);
    }

    sealed class Waiting(QueryMessage query, byte[] body, Func<QueryAnswer, Result<Answer>> judge)
    {
        readonly TaskCompletionSource<Result<Obtained>> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public QueryMessage Query => query;

        public byte[] Body => body;

        public Task<Result<Obtained>> Answer => answer.Task;

        public Result<Answer> Judge(QueryAnswer given) => judge(given);

        public void Set(Result<Obtained> result) => answer.TrySetResult(result);

        /// <summary>Nobody waits any more: what was not sent yet is not sent.</summary>
        public void Leave() => answer.TrySetCanceled();

        public bool Left => answer.Task.IsCompleted;

        public void Fail(Exception e) => answer.TrySetException(e);
    }

    /// <summary>What is under way to one resource of one node, and what waits.</summary>
    sealed class Lane
    {
        const int LargestMessage = 1024 * 1024;

        readonly GatherQueries all;
        readonly string provider;
        readonly Lock gate = new();
        readonly Queue<Waiting> waiting = new();
        readonly ITimer overdue;
        readonly ITimer nobodyElse;
        int messages;
        int queries;
        int answered;

        public Lane(GatherQueries all, string provider)
        {
            (this.all, this.provider) = (all, provider);
            overdue = all.clock.CreateTimer(_ => Go(whatever: true), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            nobodyElse = all.clock.CreateTimer(_ => NobodyElse(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        /// <summary>
        /// An even part of those who ask now, those just answered with them: a message with nearly everything would leave the others
        /// next to nothing, and all would wait for it.
        /// </summary>
        int Share => (waiting.Count + queries + answered + AtOnce - 1) / AtOnce;

        bool Ready => waiting.Count > 0 && (all.options.QueriesTogether == 1 || (messages < AtOnce && (answered == 0 || waiting.Count >= Share)));

        public void Add(Waiting one)
        {
            lock (gate)
            {
                waiting.Enqueue(one);
                answered = Math.Max(0, answered - 1);
                if (waiting.Count == 1)
                    overdue.Change(LongestWait, Timeout.InfiniteTimeSpan);
            }
            Go();
        }

        void Returned(int count)
        {
            lock (gate)
            {
                messages--;
                queries -= count;
                if (count > 1)
                {
                    answered += count;
                    nobodyElse.Change(AskAgain, Timeout.InfiniteTimeSpan);
                }
            }
            Go();
        }

        void NobodyElse()
        {
            lock (gate)
                answered = 0;
            Go();
        }

        void Go(bool whatever = false)
        {
            while (Take(whatever) is { } together)
                _ = Run(together);
        }

        List<Waiting>? Take(bool whatever)
        {
            lock (gate)
            {
                if (waiting.Count == 0 || !(Ready || whatever))
                    return null;
                var (together, size, share) = (new List<Waiting>(), 0, Math.Min(whatever ? waiting.Count : Share, Math.Min(all.options.QueriesTogether, QueriesMessage.Most)));
                while (together.Count < share && size < LargestMessage && waiting.TryDequeue(out var one))
                {
                    if (one.Left)
                        continue;
                    together.Add(one);
                    size += one.Body.Length;
                }
                overdue.Change(waiting.Count > 0 ? LongestWait : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                if (together.Count == 0)
                    return null;
                messages++;
                queries += together.Count;
                return together;
            }
        }

        async Task Run(List<Waiting> together)
        {
            await all.Send(provider, together);
            Returned(together.Count);
        }
    }
}
