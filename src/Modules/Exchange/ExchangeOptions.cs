namespace Tongban.Exchange;

/// <summary>What an operator may set (section <c>exchange</c> of the node's settings).</summary>
sealed record ExchangeOptions
{
    /// <summary>How often the hub is asked for the directory; bounds how late a revoked key is noticed.</summary>
    public TimeSpan DirectoryPeriod { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a witness looks at the members' logs.</summary>
    public TimeSpan WitnessPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a running node asks its witnesses whether its log is still the one they cosigned.</summary>
    public TimeSpan StandingPeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often the times of exchanges are written to their table: a crash loses so much of them.</summary>
    public TimeSpan MonitoringPeriod { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the hub asks members for the monthly counts that they publish.</summary>
    public TimeSpan CountsPeriod { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a query to another node may take in all.</summary>
    public TimeSpan PeerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many queries to one node may share a message; with 1 each goes alone.</summary>
    public int QueriesTogether { get; init; } = QueriesMessage.Most;

    /// <summary>Answers are asked for under the provider's seal where the directory says that it gives one; otherwise always signed (RFC 9421).</summary>
    public bool TakesSeals { get; init; } = true;

    /// <summary>Every step of a negotiation or transfer waits for a steward; otherwise those that were decided before follow by themselves.</summary>
    public bool StewardConfirms { get; init; }

    /// <summary>Smallest group of an aggregate that leaves this node where its resource says nothing else; a resource may say less, an agreement only more.</summary>
    public int LeastGroup { get; init; } = 10;

    /// <summary>Working days in which a conditional request is answered.</summary>
    public int AnswerDays { get; init; } = 10;

    /// <summary>Working days in which what was accepted is shared.</summary>
    public int ShareDays { get; init; } = 20;

    /// <summary>How often requests past their day are looked for, for the alliance.</summary>
    public TimeSpan EscalationPeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often departments' systems are held against the cycles they declared.</summary>
    public TimeSpan FreshnessPeriod { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often departments' systems are looked at for subscribers.</summary>
    public TimeSpan WatchPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often providers are told which of their answers this node holds.</summary>
    public TimeSpan AckPeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How old an answer is before it is confirmed: longer than <see cref="PeerTimeout"/>, so that none before it is still on the way.</summary>
    public TimeSpan AckDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often changes made by another replica of this node are looked for.</summary>
    public TimeSpan RefreshPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a node looks whether anything is to be sealed or indexed anew, while its keystore holds an older key.</summary>
    public TimeSpan ResealPeriod { get; init; } = TimeSpan.FromMinutes(1);
}
