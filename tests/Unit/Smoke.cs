namespace Tongban.Tests.Unit;
