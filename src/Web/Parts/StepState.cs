namespace Tongban.Web;

public enum StepState
{
    Done,
    Current,
    Waiting,

    /// <summary>Refused, withdrawn, paused or failed.</summary>
    Stopped,
}
