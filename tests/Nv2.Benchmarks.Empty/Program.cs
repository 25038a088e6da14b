// The smallest NativeAOT program: what the runtime itself costs to start.
return 0;
