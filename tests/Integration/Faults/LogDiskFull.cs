using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Tongban.Exchange;
using Tongban.Tests.Integration.Exchange;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Faults;

/// <summary>The disk of one side of an exchange is filled to the brim while it is asked.</summary>
public sealed class LogDiskFull
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Anhui)]
    [InlineData(Shanghai)]
    public async Task No_answer_stands_without_its_leaf_the_caller_hears_why_and_the_same_node_goes_on_when_there_is_room(string where)
    {
        await using var region = await TwoNodes.Start(also: b => b.Logging.SetMinimumLevel(LogLevel.None));
        await region.Stop(where);
        // What is pooled has the files open that the disk is put over.
        SqliteConnection.ClearAllPools();
        using var small = new SmallDisk(region.FolderOf(where), 96);
        try
        {
            await region.Run(where);
            var consent = await region.Consent(Husband);
            Assert.True((await region.Ask(Question(consent))).Ok);
            var log = region.Get<TransparencyLog>(where);
            small.Fill(leave: 0);
            // What room the files have of their own is used up first, and a write-ahead log that begins again has some once more.
            var (answered, refused) = (1, 0);
            for (var asked = 0; refused < 3 && asked < 5000; asked++)
            {
                var said = await region.Ask(Question(consent));
                if (said.Ok)
                {
                    answered++;
                }
                else
                {
                    Assert.Equal("storage.full", said.Error.Code);
                    refused++;
                }
                Assert.Equal(answered, log.Size);
            }
            Assert.Equal(3, refused);

            small.Free();
            Assert.True((await region.Ask(Question(consent))).Ok);
            Assert.Equal(answered + 1, log.Size);
            Assert.Equal(answered + 1, (await log.UnitsByPurpose(AgreementId, 0, long.MaxValue, Ct)).Sum(u => u.Units));
            var audit = await ExchangeModule.AuditNode(region.Get<IServiceProvider>(where), ct: Ct);
            Assert.All(audit.Where(f => f.Step != "metering-peers"), f => Assert.True(f.Ok, f.Words.En));
        }
        finally
        {
            await region.Stop(where);
        }
    }
}
